//! What is asked for, and what is said.

use std::collections::BTreeMap;

use crate::path::percent_decoded;

/// A request to the administration.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    /// Whether it is a `POST`; it is a `GET` or a `HEAD` otherwise.
    pub(super) posts: bool,
    /// The path, decoded, without the slash at its beginning.
    pub(super) path: String,
    /// What follows the path, as it was sent.
    pub(super) query: String,
    /// The address that it comes from.
    pub(super) address: String,
    /// What `Authorization: Bearer` has.
    pub(super) bearer: Option<String>,
    /// The session's cookie.
    pub(super) cookie: Option<String>,
    /// Whether a browser says that a page of somewhere else sends it.
    pub(super) is_foreign: bool,
    /// What it sends.
    pub(super) body: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    /// Where a browser goes on.
    pub(super) location: Option<String>,
    /// The cookie that a browser keeps.
    pub(super) cookie: Option<String>,
    pub(super) body: String,
}

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

impl Reply {
    /// Something of a kind.
    pub(super) fn of(status: u16, kind: &'static str, body: String) -> Self {
        Self {
            status,
            kind,
            location: None,
            cookie: None,
            body,
        }
    }

    /// A page.
    pub(super) fn page(status: u16, body: String) -> Self {
        Self::of(status, HTML, body)
    }

    /// A value.
    pub(super) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::of(status, JSON, format!("{value:#}\n"))
    }

    /// A line for whoever asks.
    pub(super) fn text(status: u16, text: &str) -> Self {
        Self::of(status, TEXT, format!("{text}\n"))
    }

    /// Why a program does not get what it asks for.
    pub(super) fn no(status: u16, why: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": why }))
    }

    /// Another page.
    pub(super) fn to(place: impl Into<String>) -> Self {
        Self {
            location: Some(place.into()),
            ..Self::of(303, TEXT, String::new())
        }
    }
}

/// The fields of a form, or of what follows a path; none when something is not text, or is there twice.
pub(super) fn fields(text: &str) -> Option<BTreeMap<String, String>> {
    let mut fields = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded =
            |text: &str| String::from_utf8(percent_decoded(&text.replace('+', " "))?).ok();
        if fields.insert(decoded(name)?, decoded(value)?).is_some() {
            return None;
        }
    }
    Some(fields)
}

/// The same fields if they are among those that have an effect.
pub(super) fn known_fields(text: &str, known: &[&str]) -> Option<BTreeMap<String, String>> {
    fields(text).filter(|found| found.keys().all(|name| known.contains(&name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read() {
        let found = fields("a=1+2&b=%C3%A9%26&c&").unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, [("a", "1 2"), ("b", "é&"), ("c", "")]);
        for wrong in ["a=%", "a=%ff", "a=1&a=2"] {
            assert_eq!(fields(wrong), None, "{wrong}");
        }
        assert!(known_fields("a=1", &["a"]).is_some() && known_fields("b=1", &["a"]).is_none());
    }
}
