//! A BlueBuild v1 recipe to a flavour.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::ancestry::{Own, inherit};
use super::document::{BlueBuildDocument, FragmentDocument, Stage, StageEntry};
use super::entries::Reading;
use super::flavour::{Base, Entry, Flavour, Parent, Publish};
use super::inputs::Base as InputBase;
use super::load::Loader;
use crate::module::Dialect;
use crate::oci::{Platform, parse_platform};
use crate::origin::{Diagnostic, Origin, Sourced, Tier};
use crate::yaml::{Node, Scope};

/// Reads a BlueBuild recipe for a platform.
pub(super) fn read_bluebuild(
    loader: &mut Loader<'_>,
    file: &Arc<str>,
    node: &Node,
    platform: &Platform,
) -> Result<Flavour, Vec<Diagnostic>> {
    let document = BlueBuildDocument::read(node)?.expanded(&|name| (loader.environment)(name));
    let reference = format!(
        "{}:{}",
        document.base_image.value, document.image_version.value
    );
    let base = Base::Image(reference);
    let parent = Parent::Base(Sourced::new(base, document.base_image.origin.clone()));
    let inheritance = inherit(loader, &parent, platform)?;
    let tier = inheritance.tier();
    let project = project(&loader.root, file);
    let root = loader.root.clone();
    let folder = |new: &str, old: &str| {
        let place = |name: &str| join(&project, name);
        if root.join(place(new)).is_dir() || !root.join(place(old)).is_dir() {
            place(new)
        } else {
            place(old)
        }
    };
    let (recipes, files) = (folder("recipes", "config"), folder("files", "config/files"));
    let publish = publish(loader, &document);
    let stages = stages(loader, &document.stages, &recipes, &mut Vec::new())?;
    let modules = folder("modules", "config/modules");
    let mut reading = Reading::new(loader, Arc::clone(file), Dialect::BlueBuild, Scope::new());
    reading.base = InputBase::Folder(&files);
    reading.fragments = Some(recipes);
    reading.modules = modules;
    reading.image = publish.as_ref().map(|publish| publish.image.clone());
    reading.name.clone_from(&document.name.value);
    for stage in &stages {
        reading.check_only(&stage.modules);
    }
    let mut read = reading.entries(&document.modules);
    if let Some(stage) = stages.first() {
        read.entries
            .insert(0, unbuilt_stages(stage, &mut read.notes));
    }
    let own = own(&document, publish, (file, platform, tier));
    inheritance.flavour(own, parent, read)
}

/// What the document says besides its entries.
fn own(
    document: &BlueBuildDocument,
    publish: Option<Publish>,
    (file, platform, tier): (&Arc<str>, &Platform, Tier),
) -> Own {
    let platforms = document.platforms.iter();
    let labels = document.labels.iter();
    Own {
        name: document.name.value.clone(),
        description: Some(document.description.value.clone()),
        version: None,
        owner: None,
        tier,
        recipe: Arc::clone(file),
        platform: platform.clone(),
        platforms: platforms
            .filter_map(|one| parse_platform(&one.value.0))
            .collect(),
        labels: labels
            .map(|(key, value)| (key.value.clone(), value.value.clone()))
            .collect(),
        publish,
        vars: BTreeMap::new(),
        last_wins: true,
        exceptions: Vec::new(),
        mandatory: Vec::new(),
    }
}

/// Where the image goes in GitLab: `$CI_REGISTRY/<namespace>/<project>/<name>`, as BlueBuild does it.
fn publish(loader: &Loader<'_>, document: &BlueBuildDocument) -> Option<Publish> {
    let registry = (loader.environment)("CI_REGISTRY_IMAGE")?;
    let image = format!("{registry}/{}", document.name.value).to_lowercase();
    let tags = document
        .alt_tags
        .iter()
        .flatten()
        .map(|tag| tag.value.clone())
        .collect();
    Some(Publish { image, tags })
}

/// The folder of a BlueBuild project: that which holds the `recipes/` or `config/` of the recipe.
fn project(root: &Path, file: &str) -> String {
    let above = Path::new(file).ancestors().skip(1);
    let named = above.into_iter().find(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name == "recipes" || name == "config")
    });
    match named.and_then(Path::parent) {
        Some(project) => project.to_string_lossy().into_owned(),
        None => {
            // A recipe at the top of its project, beside `recipes/`.
            let beside = Path::new(file).parent().unwrap_or(Path::new(""));
            let has = |name: &str| root.join(beside).join(name).is_dir();
            if has("recipes") || has("files") {
                beside.to_string_lossy().into_owned()
            } else {
                String::new()
            }
        }
    }
}

fn join(project: &str, name: &str) -> String {
    if project.is_empty() {
        name.to_owned()
    } else {
        format!("{project}/{name}")
    }
}

/// All stages with their modules; those of other files are taken in, files within files too.
fn stages(
    loader: &mut Loader<'_>,
    written: &[StageEntry],
    recipes: &str,
    way: &mut Vec<(Arc<str>, Origin)>,
) -> Result<Vec<Stage>, Vec<Diagnostic>> {
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for entry in written {
        let path = match entry {
            StageEntry::Stage(stage) => {
                all.push(stage.clone());
                continue;
            }
            StageEntry::FromFile(path) => path,
        };
        match stages_of(loader, path, recipes, way) {
            Ok(more) => all.extend(more),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() {
        Ok(all)
    } else {
        Err(problems)
    }
}

fn stages_of(
    loader: &mut Loader<'_>,
    path: &Sourced<String>,
    recipes: &str,
    way: &mut Vec<(Arc<str>, Origin)>,
) -> Result<Vec<Stage>, Vec<Diagnostic>> {
    let place = loader
        .beside(&format!("{recipes}/x"), path)
        .map_err(|problem| vec![problem])?;
    if way.iter().any(|(held, _)| *held == place) {
        let mut error = Diagnostic::error(&path.origin, "files take each other in in a circle")
            .labelled(format!("{place} is already being read"));
        for (held, origin) in way.iter() {
            error = error.and(origin, format!("{held} is taken in here"));
        }
        return Err(vec![error]);
    }
    let node = loader.node(&place, &path.origin)?;
    let fragment = FragmentDocument::read(&node, Dialect::BlueBuild)?;
    way.push((place, path.origin.clone()));
    let found = stages(loader, &fragment.stages, recipes, way);
    way.pop();
    found
}

/// The step that stands for stages, which cannot be built yet.
fn unbuilt_stages(stage: &Stage, notes: &mut Vec<Diagnostic>) -> Entry {
    let origin = stage.name.origin.clone();
    notes.push(
        Diagnostic::warning(&origin, "stages are valid, but cannot be built yet")
            .hint("plan and build stop here; see docs/bluebuild.md for what is built"),
    );
    Entry {
        label: "stages".to_owned(),
        origin: origin.clone(),
        proposals: Vec::new(),
        actions: Vec::new(),
        finish: std::collections::BTreeSet::new(),
        unbuilt: vec![Sourced::new("stages".to_owned(), origin)],
    }
}
