//! BlueBuild v1 recipes, read into flavours.

use std::path::Path;
use std::sync::Arc;

use super::derived::derived;
use crate::module::Dialect;
use crate::oci::{Platform, parse_platform};
use crate::origin::{Diagnostic, Sourced};
use crate::recipe::ancestry::inheritance::{Inheritance, inherit};
use crate::recipe::document::names;
use crate::recipe::document::{BlueBuildDocument, Entry as WrittenEntry, readable};
use crate::recipe::entries::reading::Reading;
use crate::recipe::flavour::record::Ancestor;
use crate::recipe::flavour::resolved::{Base, Flavour, Parent, Publish};
use crate::recipe::repository::checkout::Checkout;
use crate::recipe::repository::documents::Repository;
use crate::recipe::repository::inputs::Base as InputBase;
use crate::recipe::repository::root::recipes_folder;
use crate::yaml::{Node, Scope};

/// Reads a BlueBuild recipe for a platform.
pub(in crate::recipe) fn read_bluebuild(
    repository: &mut Repository<'_>,
    file: &Arc<str>,
    node: &Node,
    platform: &Platform,
) -> Result<Flavour, Vec<Diagnostic>> {
    let document = match BlueBuildDocument::read(node) {
        Ok(document) => document.expanded(&|name| repository.variable(name)),
        Err(mut problems) => {
            let version = node.get("version").and_then(Node::as_text);
            if version.is_none_or(|version| version == "1") {
                problems.extend(entries_only(repository, file, node));
            }
            return Err(problems);
        }
    };
    let reference = format!(
        "{}:{}",
        document.base_image.value, document.image_version.value
    );
    let base = Base::Image(reference);
    let parent = Parent::Base(Sourced::new(base, document.base_image.origin.clone()));
    let mut problems = names::bluebuild(&document);
    let inheritance = inherit(repository, &parent, platform).unwrap_or_else(|wrong| {
        problems.extend(wrong.into_iter().map(with_variables));
        Inheritance::unknown()
    });
    let folders = Folders::of(&repository.checkout, file);
    let publish = publish(repository, &document);
    let mut reading = reading(repository, file, &folders);
    reading.image = publish.as_ref().map(|publish| publish.image.clone());
    reading.name.clone_from(&document.name.value);
    let base = document.base_image.value.clone();
    reading.told(platform, base, &inheritance);
    let stages = reading.stages(&document.stages, platform);
    reading.own_key(&folders.project);
    let read = reading.entries(&document.modules);
    let mut flavour = flavour(&document, (file, platform), parent, inheritance);
    flavour.publish = publish;
    flavour.stages = stages;
    flavour.config = read.config();
    flavour.entries = read.entries;
    flavour.notes.extend(read.notes);
    problems.extend(read.problems);
    problems.extend(flavour.merge());
    problems.extend(flavour.merge_stages());
    problems.extend(flavour.settle_life_cycle());
    if problems.is_empty() {
        Ok(flavour)
    } else {
        Err(problems)
    }
}

/// Says what to do where a variable was left as it stands.
fn with_variables(problem: Diagnostic) -> Diagnostic {
    if problem.hint.is_none() && problem.message.contains('$') {
        problem.hint("set the variable in the environment, or write ${NAME:-default}")
    } else {
        problem
    }
}

/// The flavour without its entries and where it is published.
fn flavour(
    document: &BlueBuildDocument,
    (file, platform): (&Arc<str>, &Platform),
    parent: Parent,
    inheritance: Inheritance,
) -> Flavour {
    let own = Ancestor {
        name: document.name.value.clone(),
        tier: inheritance.tier(),
        version: None,
        owner: None,
        recipe: file.to_string(),
    };
    let platforms = document.platforms.iter();
    let labels = document.labels.iter();
    Flavour {
        description: Some(document.description.value.clone()),
        platforms: platforms
            .filter_map(|one| parse_platform(&one.value.0))
            .collect(),
        labels: labels
            .map(|(key, value)| (key.value.clone(), value.value.clone()))
            .collect(),
        last_wins: true,
        ..derived(own, (file, platform), parent, inheritance)
    }
}

/// The folders of a BlueBuild project, relative to the repository.
struct Folders {
    recipes: String,
    /// What modules see as `CONFIG_DIRECTORY`.
    files: String,
    /// What the module `files` copies from.
    copied: String,
    modules: String,
    containerfiles: String,
    project: String,
}

impl Folders {
    fn of(checkout: &Checkout, file: &str) -> Self {
        let project = project(checkout, file);
        let place = |name: &str| join(&project, name);
        let is_folder = |place: String| checkout.is_folder(Path::new(&place));
        let folder = |new: &str, old: &str| {
            if is_folder(place(new)) || !is_folder(place(old)) {
                place(new)
            } else {
                place(old)
            }
        };
        // Of old repositories `config/` is the configuration folder; only `files` looks below it.
        let files = folder("files", "config");
        let old = files == place("config");
        Self {
            recipes: folder("recipes", "config"),
            copied: if old {
                place("config/files")
            } else {
                files.clone()
            },
            files,
            modules: folder("modules", "config/modules"),
            containerfiles: folder("containerfiles", "config/containerfiles"),
            project: project.clone(),
        }
    }
}

fn reading<'l, 'a>(
    repository: &'l mut Repository<'a>,
    file: &Arc<str>,
    folders: &'l Folders,
) -> Reading<'l, 'a> {
    let mut reading = Reading::new(
        repository,
        Arc::clone(file),
        Dialect::BlueBuild,
        Scope::new(),
    );
    reading.base = InputBase::Folder(&folders.files);
    reading.copied = Some(InputBase::Folder(&folders.copied));
    reading.fragments = Some(folders.recipes.clone());
    reading.run.project.clone_from(&folders.project);
    reading.run.files.clone_from(&folders.files);
    reading.run.modules.clone_from(&folders.modules);
    reading
        .run
        .containerfiles
        .clone_from(&folders.containerfiles);
    reading
}

/// What is wrong with the entries of a recipe that cannot be read itself.
fn entries_only(repository: &mut Repository<'_>, file: &Arc<str>, node: &Node) -> Vec<Diagnostic> {
    let folders = Folders::of(&repository.checkout, file);
    let entries: Vec<WrittenEntry> = readable(node.get("modules"));
    let mut reading = reading(repository, file, &folders);
    reading.run.config_is_open = true;
    reading.entries(&entries).problems
}

/// Where the image goes in GitLab: `$CI_REGISTRY/<namespace>/<project>/<name>`, as BlueBuild does it.
fn publish(repository: &Repository<'_>, document: &BlueBuildDocument) -> Option<Publish> {
    let registry = repository.variable("CI_REGISTRY_IMAGE")?;
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
fn project(checkout: &Checkout, file: &str) -> String {
    match recipes_folder(Path::new(file)).and_then(Path::parent) {
        Some(project) => project.to_string_lossy().into_owned(),
        None => {
            // A recipe at the top of its project, beside `recipes/`.
            let beside = Path::new(file).parent().unwrap_or(Path::new(""));
            let has = |name: &str| checkout.is_folder(&beside.join(name));
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
