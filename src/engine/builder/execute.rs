//! Flavours to images: platforms and flavours in parallel.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use crate::action::Action;
use crate::engine::assemble::{
    Line, assemble_config, assemble_image, assemble_platform_image, config_document, record,
    record_layer,
};
use crate::engine::error::Error;
use crate::engine::gate::Gate;
use crate::engine::parallel;
use crate::engine::parent::ParentImage;
use crate::engine::root::{ParentFiles, State};
use crate::engine::step::{Outcome, Stacked};
use crate::oci::{Digest, Document, Image, MediaType, PlatformImage, platform_name};
use crate::recipe::{Flavour, Parent, Record};
use crate::tree::Packed;

use super::built::{Builder, Built, BuiltPlatform};
use super::needed::{parent_flavours, refuse_unbuilt};

impl<'a> Builder<'a> {
    /// Builds one flavour, given once for each platform, and all recipes that it derives from.
    pub fn build(&self, flavours: &[Arc<Flavour>]) -> Result<Arc<Built>, Arc<Error>> {
        let platforms: Vec<String> = flavours
            .iter()
            .map(|one| platform_name(&one.platform))
            .collect();
        let recipe = flavours
            .first()
            .map(|one| one.recipe.to_string())
            .unwrap_or_default();
        let key = format!("{recipe} {}", platforms.join(" "));
        let slot = Arc::clone(
            self.done
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(key)
                .or_default(),
        );
        slot.get_or_init(|| self.build_new(flavours).map(Arc::new).map_err(Arc::new))
            .clone()
    }

    fn build_new(&self, flavours: &[Arc<Flavour>]) -> Result<Built, Error> {
        flavours
            .iter()
            .try_for_each(|flavour| refuse_unbuilt(flavour))?;
        let parent = self.recipe_parent(flavours)?;
        let numbered: Vec<(usize, &Arc<Flavour>)> = flavours.iter().enumerate().collect();
        let parents: Vec<Arc<ParentImage>> = parallel::map(&numbered, |(position, flavour)| {
            self.parent(flavour, parent.as_deref(), *position)
        })?;
        let pairs: Vec<_> = flavours.iter().zip(&parents).collect();
        let built: Vec<(BuiltPlatform, PlatformImage)> =
            parallel::map(&pairs, |(flavour, parent)| self.platform(flavour, parent))?;
        let (mut platforms, images): (Vec<_>, Vec<_>) = built.into_iter().unzip();
        let first = flavours.first().ok_or_else(|| Error::Parent {
            reference: String::new(),
            why: "no platform was asked for".into(),
        })?;
        let base = parents
            .first()
            .and_then(|parent| parent.name.as_ref().zip(parent.root.as_ref()));
        let image = assemble_image(first, base, images, &self.provenance);
        let root = Digest::of(&image.root.bytes);
        for platform in &mut platforms {
            platform.stacked.root = Some(root);
        }
        self.keep(first, &image)?;
        Ok(Built {
            name: first.name.clone(),
            image,
            platforms,
            parent,
        })
    }

    /// Builds the recipe that a flavour derives from, for the same platforms.
    pub(super) fn recipe_parent(
        &self,
        flavours: &[Arc<Flavour>],
    ) -> Result<Option<Arc<Built>>, Error> {
        let parents = parent_flavours(flavours);
        let given = |parent: &Arc<Flavour>| self.given.contains_key(&parent.name);
        if parents.is_empty() || parents.iter().all(given) {
            return Ok(None);
        }
        self.build(&parents)
            .map(Some)
            .map_err(|error| Error::Nested {
                flavour: parents[0].name.clone(),
                source: error,
            })
    }

    pub(in crate::engine) fn parent(
        &self,
        flavour: &Flavour,
        recipe: Option<&Built>,
        position: usize,
    ) -> Result<Arc<ParentImage>, Error> {
        match (
            &flavour.parent,
            recipe.and_then(|built| built.platforms.get(position)),
        ) {
            (Parent::Base(base), _) => {
                self.outside
                    .parent(base, &flavour.platform)?
                    .ok_or_else(|| Error::Parent {
                        reference: base.describe(),
                        why: "it is not in the store and may not be fetched".into(),
                    })
            }
            (Parent::Flavour(_), Some(built)) => Ok(Arc::new(built.stacked.clone())),
            (Parent::Flavour(parent), None) => match self.given.get(&parent.name) {
                Some(reference) => self.given(parent, reference).map(Arc::new),
                None => Err(Error::Parent {
                    reference: parent.name.clone(),
                    why: format!("it was not built for {}", platform_name(&flavour.platform)),
                }),
            },
        }
    }

    /// The published image that was named for a recipe.
    fn given(&self, flavour: &Flavour, reference: &str) -> Result<ParentImage, Error> {
        let unusable = |why: String| Error::Parent {
            reference: reference.to_owned(),
            why,
        };
        let found = self.outside.published(reference)?;
        let (image, source) = found.ok_or_else(|| unusable("it may not be fetched".into()))?;
        let store = self.outside.store();
        let read = ParentImage::read(&image, &flavour.platform, reference, &source, store)?;
        let name = read.record.as_ref().map(|record| &record.flavour().name);
        match name {
            Some(name) if *name == flavour.name => Ok(read),
            Some(name) => Err(unusable(format!(
                "it is an image of {name}, not of {}",
                flavour.name
            ))),
            None => Err(unusable("it has no flavour record".into())),
        }
    }

    fn platform(
        &self,
        flavour: &Arc<Flavour>,
        parent: &ParentImage,
    ) -> Result<(BuiltPlatform, PlatformImage), Error> {
        let store = self.outside.store();
        let epoch = self.epoch.unwrap_or(parent.epoch);
        let trees = self.trees(flavour, parent, self.runner.as_ref())?;
        let with = (self.runner.as_ref(), &trees);
        let stacking = self.stacking(flavour, parent, with);
        let Stacked { outcomes, state } = stacking.stack()?;
        let record = Arc::new(record(flavour, parent, &state, epoch));
        let packed = record_layer(&record, &state, self.codec, store)?;
        let known = (outcomes.as_slice(), record, state, &packed);
        let (stacked, image, document) = self.assembled(flavour, parent, known);
        store.put_document(document.descriptor.media_type().clone(), &document.bytes)?;
        store.put_document(MediaType::ImageManifest, &image.document.bytes)?;
        self.hold(flavour, &stacked, (&outcomes, parent, &image))?;
        let built = BuiltPlatform {
            flavour: Arc::clone(flavour),
            inherited: parent.layers.len(),
            inherited_size: parent
                .layers
                .iter()
                .map(oci_spec::image::Descriptor::size)
                .sum(),
            outcomes,
            record: packed,
            stacked,
        };
        Ok((built, image))
    }

    /// The image of a flavour whose layers are all there, as something to stack on and as it is published, with
    /// its config.
    pub(super) fn assembled(
        &self,
        flavour: &Flavour,
        parent: &ParentImage,
        (outcomes, record, state, packed): (&[Outcome], Arc<Record>, State, &Packed),
    ) -> (ParentImage, PlatformImage, Document) {
        let mut lines: Vec<Line> = outcomes
            .iter()
            .map(|outcome| Line {
                label: outcome.label.clone(),
                layer: outcome
                    .layer
                    .as_ref()
                    .map(|packed| (packed.descriptor(), packed.diff_id)),
            })
            .collect();
        lines.push(Line {
            label: "record".into(),
            layer: Some((packed.descriptor(), packed.diff_id)),
        });
        let epoch = self.epoch.unwrap_or(parent.epoch);
        let config = assemble_config(flavour, parent, &lines, &packed.diff_id, epoch);
        let document = config_document(&config);
        let image = assemble_platform_image(
            flavour,
            parent,
            &lines,
            (&document.descriptor, &self.provenance),
        );
        let own: Vec<_> = lines.into_iter().filter_map(|line| line.layer).collect();
        let stacked = self.stacked(parent, &own, (config, record, state, &image));
        (stacked, image, document)
    }

    /// Holds a finished image to its flavour's rules and to the audit that its recipe asks for.
    fn hold(
        &self,
        flavour: &Flavour,
        stacked: &ParentImage,
        (outcomes, parent, image): (&[Outcome], &ParentImage, &PlatformImage),
    ) -> Result<(), Error> {
        let Some(record) = &stacked.record else {
            return Ok(());
        };
        let source = self.outside.blobs();
        let gate = Gate {
            record,
            layers: &stacked.layers,
            diff_ids: &stacked.diff_ids,
            source: source.as_ref(),
            store: self.outside.store(),
        };
        gate.mandatory(outcomes)?;
        gate.effective(flavour, &stacked.state, parent)?;
        let shapes = |action: &Action| matches!(action, Action::Shape { .. });
        let mut actions = outcomes.iter().flat_map(|outcome| &outcome.actions);
        if actions.any(shapes) {
            let warnings = gate.lint(image)?;
            if warnings > 0 {
                let name = &flavour.name;
                self.outside.say(&format!(
                    "{name}: {warnings} warnings; terroir lint {name} shows them"
                ));
            }
        }
        match (&flavour.audit, self.today) {
            (Some(wanted), Some(today)) => gate.audit(wanted, today),
            _ => Ok(()),
        }
    }

    /// The image as a parent: known by its record and table only, as if it had been pulled.
    fn stacked(
        &self,
        parent: &ParentImage,
        own: &[(crate::oci::Descriptor, Digest)],
        (config, record, state, image): (serde_json::Value, Arc<Record>, State, &PlatformImage),
    ) -> ParentImage {
        let mut all = parent.layers.clone();
        all.extend(own.iter().map(|(layer, _)| layer.clone()));
        let mut diff_ids = parent.diff_ids.clone();
        diff_ids.extend(own.iter().map(|(_, id)| *id));
        let files = ParentFiles::new(all.clone(), self.outside.blobs(), self.outside.store());
        ParentImage {
            layers: all,
            diff_ids,
            config,
            state: State {
                written: BTreeMap::new(),
                files: Some(Arc::new(files)),
                ..state
            },
            facts: parent.facts.clone(),
            name: Some(record.reference.clone()),
            epoch: record.epoch,
            record: Some(record),
            manifest: Some(Digest::of(&image.document.bytes)),
            root: None,
        }
    }

    /// Keeps the index in the store under the flavour's name.
    fn keep(&self, flavour: &Flavour, image: &Image) -> Result<(), Error> {
        let store = self.outside.store();
        let root = store.put_document(MediaType::ImageIndex, &image.root.bytes)?;
        // The index of a store with many tags is large: it is read once.
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match &mut *tags {
            Some(known) => known,
            unread => {
                let held = store.tags()?.into_iter();
                unread.insert(
                    held.map(|(name, root)| (name, root.digest().to_string()))
                        .collect(),
                )
            }
        };
        let digest = root.digest().to_string();
        if known.get(&flavour.name) != Some(&digest) {
            store.tag(&flavour.name, &root)?;
            known.insert(flavour.name.clone(), digest);
        }
        Ok(())
    }
}
