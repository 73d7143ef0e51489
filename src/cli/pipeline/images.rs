//! The images of the recipes that a pipeline is about, with those that they derive from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::state::{Asked, Registries};
use crate::cli::arguments::options::Compression;
use crate::cli::arguments::pipeline::Pipeline;
use crate::cli::context::session::Session;
use crate::cli::lock::resolve::chosen;
use crate::cli::output::failure::Failure;
use crate::cli::repository::load::Recipes;
use crate::cli::target::reference::reference;
use crate::engine::{InputKeys, Inputs, Reach, parallel};
use crate::pipeline::{Audit, Image, State};
use crate::recipe::{AuditGate, Flavour, Parent, repository_root};

/// The recipes by their place in the repository, each for its platforms.
type Loaded = BTreeMap<String, Vec<Arc<Flavour>>>;

/// The images, and whether each has to be built.
pub(super) fn images(session: &Session, arguments: &Pipeline) -> Result<Vec<Image>, Failure> {
    let (recipes, _) = chosen(&arguments.recipes)?;
    let (store, reach) = match arguments.fetch {
        true => (session.store()?, Reach::Missing),
        false => (session.reader()?, Reach::Offline),
    };
    let outside = session
        .outside(store, reach, Compression::Zstd)
        .making_nothing();
    let mut loading = Recipes::new(session, &outside);
    let loaded = load(&mut loading, recipes)?;
    drop(loading);
    let Some(locking) = outside.locking() else {
        return Ok(Vec::new());
    };
    let registries = Registries::new(session.registry());
    let published = |name: &str| registries.digest(name);
    let mut keys = InputKeys::new(locking, &published);
    let parents: BTreeSet<&str> = loaded
        .values()
        .filter_map(|all| parent(all.first()?))
        .collect();
    let mut found: Vec<(Image, Inputs, Option<String>)> = Vec::new();
    for flavours in loaded.values() {
        let Some(first) = flavours.first() else {
            continue;
        };
        let references = references(first, arguments.registry.as_deref(), None)?;
        // What is published nowhere is built where something derives from it.
        if references.is_empty() && parents.contains(&*first.recipe) {
            continue;
        }
        let inputs = keys.of_all(flavours.iter().map(AsRef::as_ref));
        let asked = references.first().cloned();
        let image = image(first, (&inputs, references), arguments)?;
        found.push((image, inputs, asked));
    }
    let ask = |(image, inputs, asked): &(Image, Inputs, Option<String>)| {
        let state = match (arguments.all, asked) {
            (true, _) => State::Stale("--all asks for it".to_owned()),
            (false, None) => State::Stale("it is published nowhere".to_owned()),
            (false, Some(reference)) => registries.state(&Asked { reference, inputs }),
        };
        Ok::<_, std::convert::Infallible>(Image {
            state,
            ..image.clone()
        })
    };
    let images = match parallel::map(&found, ask) {
        Ok(images) => images,
        Err(never) => match never {},
    };
    for trouble in registries.troubles() {
        session
            .printer
            .note(&format!("{trouble}; its images are built"));
    }
    Ok(inherit(images))
}

/// Loads recipes for their own platforms, and all recipes that they derive from.
fn load(loading: &mut Recipes<'_>, recipes: Vec<PathBuf>) -> Result<Loaded, Failure> {
    let mut loaded = Loaded::new();
    let mut waiting = recipes;
    while let Some(path) = waiting.pop() {
        let flavours = loading.load(&path, &[])?;
        let Some(first) = flavours.first() else {
            continue;
        };
        if let Some(above) = parent(first).filter(|above| !loaded.contains_key(*above)) {
            waiting.push(repository_root(&path).join(above));
        }
        loaded.insert(first.recipe.to_string(), flavours);
    }
    Ok(loaded)
}

/// The recipe that a flavour derives from.
fn parent(flavour: &Arc<Flavour>) -> Option<&str> {
    match &flavour.parent {
        Parent::Flavour(parent) => Some(&parent.recipe),
        Parent::Base(_) => None,
    }
}

/// Where a flavour is published; nowhere if neither its recipe nor the command line says it.
fn references(
    flavour: &Flavour,
    registry: Option<&str>,
    tag: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let stated = flavour.publish.as_ref();
    let place = match registry {
        Some(prefix) => format!("{}/{}", prefix.trim_end_matches('/'), flavour.name),
        None => match stated {
            Some(publish) => publish.image.clone(),
            None => return Ok(Vec::new()),
        },
    };
    let tags = stated
        .map(|publish| publish.tags.as_slice())
        .unwrap_or_default();
    let tags: Vec<&str> = match (tag, tags) {
        (Some(only), _) => vec![only],
        (None, []) => vec!["latest"],
        (None, some) => some.iter().map(String::as_str).collect(),
    };
    let all = tags.iter().map(|tag| format!("{place}:{tag}"));
    all.map(|text| reference(&text).map(|_| text)).collect()
}

/// An image of which nothing is known yet.
fn image(
    flavour: &Flavour,
    (inputs, published): (&Inputs, Vec<String>),
    arguments: &Pipeline,
) -> Result<Image, Failure> {
    let registry = arguments.registry.as_deref();
    let references = match (published.is_empty(), &arguments.tag) {
        (false, Some(tag)) => references(flavour, registry, Some(tag))?,
        _ => published,
    };
    let mut above = &flavour.parent;
    let mut parent = None;
    while let Parent::Flavour(next) = above {
        if registry.is_some() || next.publish.is_some() {
            parent = Some(next.name.clone());
            break;
        }
        above = &next.parent;
    }
    Ok(Image {
        name: flavour.name.clone(),
        recipe: flavour.recipe.to_string(),
        parent,
        references,
        inputs: inputs.key,
        state: State::Stale("it was not asked for".to_owned()),
        audit: flavour.audit.as_ref().map(audit),
        tests: !flavour.tests.is_empty(),
        boots: flavour.life_cycle.is_some(),
    })
}

fn audit(gate: &AuditGate) -> Audit {
    Audit {
        benchmark: gate.benchmark.clone(),
        level: gate.level,
        workstation: gate.workstation,
        threshold: gate.threshold,
        choose: gate.choose.clone(),
    }
}

/// What derives from something that is built is built too.
fn inherit(mut images: Vec<Image>) -> Vec<Image> {
    loop {
        let stale: BTreeSet<String> = images
            .iter()
            .filter(|one| one.is_stale())
            .map(|one| one.name.clone())
            .collect();
        let mut changed = false;
        for image in images.iter_mut().filter(|one| !one.is_stale()) {
            if let Some(parent) = image.parent.as_ref().filter(|name| stale.contains(*name)) {
                image.state = State::Stale(format!("{parent}, from which it derives, is built"));
                changed = true;
            }
        }
        if !changed {
            return images;
        }
    }
}
