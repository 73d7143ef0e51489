//! The YAML files below a folder by kind: recipes, parts of recipes, other documents.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cli::output::failure::{Failure, Kind};
use crate::origin::{Diagnostic, Origin, did_you_mean};
use crate::recipe::repository_root;
use crate::yaml::{Node, parse};

/// Most bytes of a file that are read to tell what it is; larger ones are refused later.
const MAX_LOOK: u64 = 2 << 20;
/// Keys at the top of a file by which a recipe is known that lacks its first line.
const RECIPE_KEYS: [&str; 8] = [
    "tier",
    "vars",
    "mandatory",
    "exceptions",
    "publish",
    "audit",
    "description",
    "platforms",
];

/// What lies below a folder.
#[derive(Debug, Default)]
pub(in crate::cli) struct Below {
    /// What is a recipe, or is meant as one.
    pub recipes: Vec<PathBuf>,
    /// Layer documents.
    pub layers: Vec<PathBuf>,
    /// Files with a message about them.
    pub told: Vec<(PathBuf, Diagnostic)>,
}

/// What a YAML file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum What {
    /// A recipe, or what is evidently meant as one.
    Recipe,
    /// What `from-file` takes in.
    Part,
    /// A layer document.
    Layer,
    /// A document of another kind that is known, such as an inventory.
    Known(&'static str),
    /// Nothing that is known here.
    Foreign,
}

/// Sorts all YAML files below a folder by kind; hidden folders and folders `files`, whose content is
/// copied into images, are left out.
pub(in crate::cli) fn below(folder: &Path) -> Result<Below, Failure> {
    let mut below = Below::default();
    let mut parts = Vec::new();
    let mut named = BTreeSet::new();
    for file in yaml_files(folder, &mut below.told)? {
        let bytes = read(&file);
        let text = bytes
            .as_deref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok());
        named.extend(text.into_iter().flat_map(parts_named));
        match text.map_or(What::Recipe, |text| what(&file, text)) {
            What::Recipe => below.recipes.push(file),
            What::Layer => below.layers.push(file),
            What::Part => parts.push(file),
            What::Known(_) => {}
            What::Foreign => {
                let message = "this is neither a recipe nor another document that terroir reads";
                let hint = "a recipe begins with `apiVersion: terroir/v1`; put other documents elsewhere, \
                            or into a hidden folder";
                below.tell(file, message, hint);
            }
        }
    }
    if !parts.is_empty() {
        named.extend(named_elsewhere(folder));
    }
    parts.retain(|part| !named.iter().any(|name| part.ends_with(name)));
    for part in parts {
        let message = "no recipe includes this file";
        let hint = "name it in `from-file`; a recipe of its own begins with `apiVersion: terroir/v1` \
                    and says its `name`, `tier` and `from`";
        below.tell(part, message, hint);
    }
    below.recipes.sort();
    below.layers.sort();
    below.told.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(below)
}

impl Below {
    fn tell(&mut self, file: PathBuf, message: &str, hint: &str) {
        let origin = Origin::of_file(&file.display().to_string());
        let warning = Diagnostic::warning(&origin, message).hint(hint);
        self.told.push((file, warning));
    }
}

/// The YAML files below a folder, sorted; links to folders are reported.
fn yaml_files(top: &Path, told: &mut Vec<(PathBuf, Diagnostic)>) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![top.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let failed = |error: std::io::Error| {
            Failure::say(
                Kind::Usage,
                format!("reading {}: {error}", folder.display()),
            )
        };
        for entry in folder.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if name.starts_with('.') {
                continue;
            }
            let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
            if kind.is_symlink() && path.is_dir() {
                let real = path.canonicalize().map_err(failed)?;
                if !top.canonicalize().is_ok_and(|top| real.starts_with(top)) {
                    let origin = Origin::of_file(&path.display().to_string());
                    let message = "a link to a folder is not followed";
                    let warning = Diagnostic::warning(&origin, message).hint(format!(
                        "name {} as well if recipes lie in it",
                        real.display()
                    ));
                    told.push((path, warning));
                }
            } else if kind.is_dir() {
                folders.extend((name != "files").then_some(path));
            } else if is_yaml && kind.is_symlink() && leads_out(&path) {
                let origin = Origin::of_file(&path.display().to_string());
                let message = "a link that leads out of the repository is not read";
                let error = Diagnostic::error(&origin, message);
                told.push((
                    path,
                    error.hint("copy the file, or name it on the command line"),
                ));
            } else if is_yaml {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether what a link leads to lies outside of the repository; one that leads nowhere does not.
fn leads_out(link: &Path) -> bool {
    let root = repository_root(link).canonicalize();
    match (link.canonicalize(), root) {
        (Ok(real), Ok(root)) => !real.starts_with(root),
        _ => false,
    }
}

fn read(file: &Path) -> Option<Vec<u8>> {
    // Looked at before it is opened: a pipe would keep whoever opens it waiting.
    file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    File::open(file)
        .ok()?
        .take(MAX_LOOK)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

/// The kind of a file by its top-level keys.
pub(in crate::cli) fn what(file: &Path, text: &str) -> What {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let says = |key: &str| text.lines().any(|line| line.starts_with(key));
    // What most files are, without parsing them.
    if says("apiVersion: terroir/v1") && says("from:") && says("tier:") {
        return What::Recipe;
    }
    if text.starts_with("#cloud-config") {
        return What::Known("a cloud-init file");
    }
    let name = file.display().to_string();
    match parse(&name, text) {
        Ok(node) => of_node(file, &node),
        Err(_) if is_blank(text) || may_be_recipe(text) => What::Recipe,
        Err(_) => What::Foreign,
    }
}

fn is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// Tells whether lines of a file that cannot be parsed look like those of a recipe.
fn may_be_recipe(text: &str) -> bool {
    let keys = ["base-image:", "tier:", "modules:", "from:"];
    text.lines().any(|line| {
        let own = line.trim_start_matches([' ', '\t', '"', '\'', '{']);
        (own.starts_with("apiVersion") && own.contains("terroir"))
            || keys.iter().any(|key| line.starts_with(key))
    })
}

fn of_node(file: &Path, node: &Node) -> What {
    if !node.items().is_empty() {
        let keys = ["type", "from-file", "layer"];
        let is_entry = |one: &Node| keys.iter().any(|key| one.get(key).is_some());
        return match node.items().iter().all(is_entry) {
            true => What::Part,
            false => What::Foreign,
        };
    }
    let has = |key: &str| node.get(key).is_some();
    let is_layer = has("title") && (has("owner") || has("controls") || has("options"));
    if (is_layer || file.ends_with("layer.yml")) && !has("from") && !has("tier") {
        return What::Layer;
    }
    if has("site") && (has("server") || has("hosts") || has("groups")) {
        return What::Known("an inventory");
    }
    let version = node.get("apiVersion");
    match version.map(|value| value.as_text().unwrap_or_default()) {
        Some(version) if is_ours(version) => {
            let parts = has("modules") || has("stages");
            return match parts && !["name", "from", "tier"].into_iter().any(has) {
                true => What::Part,
                false => What::Recipe,
            };
        }
        Some(_) if has("kind") => return What::Known("a Kubernetes document"),
        _ => {}
    }
    if is_meant_as_recipe(node) {
        return What::Recipe;
    }
    let lists = |key: &str| {
        let list = node.get(key);
        list.is_some_and(|list| list.items().iter().all(|one| !one.entries().is_empty()))
    };
    let is_part =
        ["type", "from-file", "layer"].into_iter().any(has) || (has("from") && has("name"));
    if is_part || lists("modules") || (lists("stages") && !has("jobs")) {
        return What::Part;
    }
    known_elsewhere(node).map_or(What::Foreign, What::Known)
}

/// Whether an `apiVersion` is terroir's, or a slip of it.
fn is_ours(version: &str) -> bool {
    version.to_lowercase().contains("terroir") || did_you_mean(version, ["terroir/v1"]).is_some()
}

/// Whether a file without a right `apiVersion` has the keys of a recipe, or slips of them.
fn is_meant_as_recipe(node: &Node) -> bool {
    let has = |key: &str| node.get(key).is_some();
    let nearly = |key: &str| {
        let plain = key.to_lowercase().replace(['-', '_', ' '], "");
        plain == "apiversion"
            || plain == "baseimage"
            || did_you_mean(key, ["apiVersion", "base-image"]).is_some()
    };
    let keys: Vec<&str> = node
        .entries()
        .iter()
        .filter_map(|(key, _)| key.as_text())
        .collect();
    let own = keys.iter().any(|key| RECIPE_KEYS.contains(key));
    let parts = has("modules") || has("stages");
    keys.iter().any(|key| nearly(key))
        || (own && (parts || (has("tier") && (has("name") || has("from")))))
}

/// Documents of other programs that lie in many repositories.
fn known_elsewhere(node: &Node) -> Option<&'static str> {
    let has = |key: &str| node.get(key).is_some();
    [
        (has("services"), "a compose file"),
        (has("$schema") || has("$id"), "a JSON Schema"),
        (has("jobs") && has("on"), "a workflow of a forge"),
        (
            has("stages") || has("include") || has("image"),
            "a pipeline",
        ),
        (has("repos"), "a configuration of pre-commit"),
        (has("site_name") || has("nav"), "a configuration of a book"),
        (
            has("shortdesc") || has("example"),
            "a description of a module",
        ),
    ]
    .into_iter()
    .find_map(|(is, name)| is.then_some(name))
}

/// The files that a text names in `from-file`, without what leads there.
fn parts_named(text: &str) -> Vec<PathBuf> {
    let values = text.lines().filter_map(|line| {
        let (before, rest) = line.split_once("from-file")?;
        let before = before.trim_end_matches(['"', '\'']);
        let rest = rest
            .trim_start_matches(['"', '\''])
            .trim_start()
            .strip_prefix(':')?;
        let value = rest.split([',', '}', '#']).next().unwrap_or_default();
        let is_key = before.trim_start_matches([' ', '-', '{', '\t']).is_empty()
            || before.ends_with([' ', '{', ',']);
        is_key.then(|| value.trim().trim_matches(['"', '\'']))
    });
    values
        .map(|value| {
            let plain = Path::new(value).components();
            plain
                .filter(|one| matches!(one, std::path::Component::Normal(_)))
                .collect::<PathBuf>()
        })
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

/// What recipes of the repository outside of a folder name.
fn named_elsewhere(folder: &Path) -> BTreeSet<PathBuf> {
    let root = repository_root(&folder.join("recipe.yml"));
    let mut named = BTreeSet::new();
    for place in ["recipes", "config"].map(|name| root.join(name)) {
        for file in yaml_files(&place, &mut Vec::new()).into_iter().flatten() {
            let text = read(&file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            named.extend(text.iter().flat_map(|text| parts_named(text)));
        }
    }
    named
}
