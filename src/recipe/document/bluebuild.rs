//! A BlueBuild v1 recipe as written (reference/bluebuild.md §1.1–1.3).

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::{check_entries, check_stages, together};
use super::entry::Entry;
use super::platform::Platform;
use super::stage::StageEntry;
use super::text::{AnyScalar, refuse_numbers};
use crate::module::Dialect;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::yaml::{self, Node};

/// A BlueBuild recipe, version 1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct BlueBuildDocument {
    /// The version of the recipe language: 1.
    pub version: Option<Sourced<String>>,
    /// The image's name; may hold `/`.
    pub name: Sourced<String>,
    /// What the image is for.
    pub description: Sourced<String>,
    /// The image to derive from, without its tag.
    pub base_image: Sourced<String>,
    /// The tag of the image to derive from.
    #[schemars(with = "AnyScalar")]
    pub image_version: Sourced<String>,
    /// The tag of BlueBuild's own program to install, or `none`.
    #[schemars(with = "Option<AnyScalar>")]
    pub blue_build_tag: Option<Sourced<String>>,
    /// The version of cosign to install, or `none`.
    #[schemars(with = "Option<AnyScalar>")]
    pub cosign_version: Option<Sourced<String>>,
    /// The version of nushell to install, or `none`.
    #[schemars(with = "Option<AnyScalar>")]
    pub nushell_version: Option<Sourced<String>>,
    /// Tags of the image instead of `latest` and the date.
    #[serde(default)]
    #[schemars(with = "Vec<AnyScalar>")]
    pub alt_tags: Option<Vec<Sourced<String>>>,
    /// The platforms that it is built for; that of the machine when absent.
    #[serde(default)]
    pub platforms: Vec<Sourced<Platform>>,
    /// Labels of the image.
    #[serde(default)]
    #[schemars(with = "SourcedMap<AnyScalar>")]
    pub labels: SourcedMap<Sourced<String>>,
    /// Other images that are built, to copy from.
    #[serde(default)]
    pub stages: Vec<StageEntry>,
    /// What is done, in this order.
    pub modules: Vec<Entry>,
}

impl BlueBuildDocument {
    /// Reads a recipe; variables stay as they are written (see [`BlueBuildDocument::expanded`]).
    ///
    /// # Errors
    /// Everything that is wrong with the document, in the order of the file.
    pub(crate) fn read(node: &Node) -> Result<Self, Vec<Diagnostic>> {
        if let Some(refused) = node.get("version").and_then(check_version) {
            return Err(vec![refused]);
        }
        let dialect = Dialect::BlueBuild;
        let texts = ["name", "description", "base-image"].map(|key| node.get(key));
        let mut problems = refuse_numbers(texts.into_iter().flatten());
        problems.extend(check_entries(node.get("modules"), dialect));
        let stages = node.get("stages").into_iter().flat_map(Node::items);
        problems.extend(check_stages(stages, dialect));
        together(yaml::decode(node), problems)
    }

    /// Replaces `$VAR`, `${VAR}` and `${VAR:-default}` in the texts at the top of the recipe, never
    /// in modules or stages.
    #[must_use]
    pub(crate) fn expanded(mut self, lookup: &dyn Fn(&str) -> Option<String>) -> Self {
        let replace = |text: &mut Sourced<String>| text.value = expand(&text.value, lookup);
        for text in [
            &mut self.name,
            &mut self.description,
            &mut self.base_image,
            &mut self.image_version,
        ] {
            replace(text);
        }
        let tools = [
            &mut self.blue_build_tag,
            &mut self.cosign_version,
            &mut self.nushell_version,
        ];
        tools.into_iter().flatten().for_each(replace);
        self.alt_tags.iter_mut().flatten().for_each(replace);
        self.labels
            .0
            .iter_mut()
            .for_each(|(_, value)| replace(value));
        self
    }
}

fn check_version(version: &Node) -> Option<Diagnostic> {
    match version.as_text()? {
        "1" => None,
        "2" => Some(
            Diagnostic::error(
                &version.origin,
                "version 2 of BlueBuild recipes is not read",
            )
            .labelled("no release of BlueBuild reads it either")
            .hint("write version 1 (`base-image`, `image-version`), or a native recipe"),
        ),
        other => {
            let message = format!("`{other}` is not a version of BlueBuild recipes");
            Some(Diagnostic::error(&version.origin, message).hint("write `version: 1`"))
        }
    }
}

/// Replaces `$VAR`, `${VAR}` and `${VAR:-default}`; what is not known stays as it stands.
#[must_use]
pub(super) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (value, left) = match variable(after) {
            Some((name, default, left)) => {
                let known = lookup(name).filter(|value| !value.is_empty() || default.is_none());
                (known.or_else(|| default.map(str::to_owned)), left)
            }
            None => (None, after),
        };
        match value {
            Some(value) => {
                out.push_str(&value);
                rest = left;
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads what follows a `$`: the name, the default, and the text after it.
fn variable(text: &str) -> Option<(&str, Option<&str>, &str)> {
    if let Some(inner) = text.strip_prefix('{') {
        let (inner, left) = inner.split_once('}')?;
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        return is_name(name).then_some((name, default, left));
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, left) = text.split_at(end.unwrap_or(text.len()));
    is_name(name).then_some((name, None, left))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(fits)
}
