//! Names that become tags and references, checked where they are written.

use super::{BlueBuildDocument, NativeDocument};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};
use crate::registry::{Error, Reference, is_short, is_valid_tag};

/// What of the names in a native recipe cannot be.
pub(in crate::recipe) fn native(document: &NativeDocument) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    problems.extend(name(&document.name));
    problems.extend(labels(&document.labels));
    if let Some(publish) = &document.publish {
        problems.extend(repository(&publish.image));
        problems.extend(publish.tags.iter().filter_map(tag));
    }
    problems
}

/// What of the names in a BlueBuild recipe cannot be.
pub(in crate::recipe) fn bluebuild(document: &BlueBuildDocument) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    problems.extend(name(&document.name));
    problems.extend(document.alt_tags.iter().flatten().filter_map(tag));
    problems.extend(labels(&document.labels));
    problems
}

/// Checks a flavour's name: images are tagged with it.
fn name(name: &Sourced<String>) -> Option<Diagnostic> {
    let fits =
        |part: &str| is_valid_tag(part) && part.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name.value.split('/').all(fits) {
        return None;
    }
    let message = format!("{} cannot be the name of a flavour", shown(&name.value));
    let near: String = name
        .value
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let near = near.trim_matches(['-', '.', '_']).to_lowercase();
    let hint = match is_valid_tag(&near) {
        true => format!(
            "an image is tagged with it: letters, digits, `.`, `_` and `-`, such as `{near}`"
        ),
        false => "an image is tagged with it: letters, digits, `.`, `_` and `-`".to_owned(),
    };
    Some(Diagnostic::error(&name.origin, message).hint(hint))
}

fn tag(tag: &Sourced<String>) -> Option<Diagnostic> {
    if is_valid_tag(&tag.value) {
        return None;
    }
    let message = format!("{} cannot be a tag", shown(&tag.value));
    let hint =
        "a tag is 1 to 128 letters, digits, `.`, `_` and `-`, and begins with none of `.` and `-`";
    Some(Diagnostic::error(&tag.origin, message).hint(hint))
}

/// Checks where an image is published: a registry and a name, without a tag.
fn repository(image: &Sourced<String>) -> Option<Diagnostic> {
    let text = image.value.as_str();
    let last = text.rsplit('/').next().unwrap_or_default();
    if text.contains('@') || last.contains(':') {
        let message = format!("`{text}` has a tag or a digest");
        let hint = "write the registry and the name here, and tags under `tags`";
        return Some(Diagnostic::error(&image.origin, message).hint(hint));
    }
    reference(text, &image.origin)
}

/// Checks a reference that has to name its registry.
pub(in crate::recipe) fn reference(text: &str, origin: &Origin) -> Option<Diagnostic> {
    let hint = "write registry.example.org/group/name, in lower case but for the tag";
    match Reference::parse(text) {
        Err(Error::Reference { why, .. }) => {
            let message = format!("`{text}` is not an image reference: {why}");
            Some(Diagnostic::error(origin, message).hint(hint))
        }
        Err(error) => Some(Diagnostic::error(origin, error.to_string()).hint(hint)),
        Ok(full) if is_short(text) => {
            let message = format!("`{text}` does not say which registry is meant");
            let hint = format!(
                "write {full} for the image of Docker Hub; a recipe is named with its file, such as \
                 ./{}.yml",
                text.split([':', '@']).next().unwrap_or_default()
            );
            Some(Diagnostic::error(origin, message).hint(hint))
        }
        Ok(_) => None,
    }
}

/// Checks the keys of labels.
fn labels(labels: &SourcedMap<Sourced<String>>) -> Vec<Diagnostic> {
    let wrong = |key: &&Sourced<String>| {
        key.value.is_empty()
            || key
                .value
                .contains(|c: char| c.is_whitespace() || c.is_control() || c == '=')
    };
    let keys = labels.iter().map(|(key, _)| key).filter(wrong);
    keys.map(|key| {
        Diagnostic::error(
            &key.origin,
            format!("{} cannot be the key of a label", shown(&key.value)),
        )
        .hint("write a name without blanks and `=`, such as org.example.site")
    })
    .collect()
}

fn shown(text: &str) -> String {
    match text {
        "" => "an empty text".to_owned(),
        text => format!("`{text}`"),
    }
}
