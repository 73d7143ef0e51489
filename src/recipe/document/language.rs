//! The language of a file, and files that lack `apiVersion`.

use super::native::is_native;
use crate::origin::{Diagnostic, did_you_mean};
use crate::yaml::Node;

/// Keys that only native recipes have.
const NATIVE_KEYS: [&str; 9] = [
    "tier",
    "from",
    "vars",
    "mandatory",
    "exceptions",
    "publish",
    "audit",
    "tests",
    "owner",
];

/// What is wrong with a file that is evidently meant as a native recipe and lacks `apiVersion`, or
/// that is a document of another kind; none for every other.
#[must_use]
pub(crate) fn unsaid(node: &Node) -> Option<Diagnostic> {
    let has = |key: &str| node.get(key).is_some();
    if has("site") && has("server") && !has("from") {
        let message = "this is an inventory of machines, not a recipe";
        return Some(
            Diagnostic::error(&node.origin, message)
                .hint("terroir kickstart render reads it, and kickstart check what that writes"),
        );
    }
    if has("title") && has("owner") && !has("from") && !has("name") {
        let message = "this is a layer, not a recipe";
        return Some(
            Diagnostic::error(&node.origin, message)
                .hint("recipes use it by `layer: NAME`; validate its folder to check it"),
        );
    }
    if is_native(node) || has("base-image") || has("image-version") {
        return None;
    }
    let misspelt = node.entries().iter().find(|(key, _)| {
        let key = key.as_text().unwrap_or_default();
        let plain = key.to_lowercase().replace(['-', '_', ' '], "");
        plain == "apiversion" || did_you_mean(key, ["apiVersion"]).is_some()
    });
    if let Some((key, _)) = misspelt {
        let message = format!("unknown key `{}`", key.as_text().unwrap_or_default());
        return Some(
            Diagnostic::error(&key.origin, message).hint("write `apiVersion: terroir/v1`"),
        );
    }
    if !NATIVE_KEYS.into_iter().any(has) {
        return None;
    }
    Some(
        Diagnostic::error(&node.origin, "the key `apiVersion` is missing")
            .labelled("a native recipe begins with it")
            .hint("write `apiVersion: terroir/v1` above this line"),
    )
}
