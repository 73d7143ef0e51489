//! Answers by which a registry refuses something, as errors.

use std::time::Duration;

use reqwest::header::{DATE, RETRY_AFTER};
use serde::Deserialize;

use super::reply::Reply;
use crate::registry::error::invalid;
use crate::registry::{Error, Reference};

/// Most of an error's text that is read, in bytes.
const MAX_ERROR: u64 = 64 << 10;
/// Most of an error's text that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// The error that an answer means.
pub(in crate::registry) fn refusal(
    subject: &Reference,
    reply: Reply,
    what: &str,
    tried: &str,
) -> Error {
    let reference = subject.to_string();
    let status = reply.status();
    let wait = wait(&reply);
    let said = said(reply);
    match status.as_u16() {
        401 | 403 => Error::Unauthorized {
            reference,
            tried: tried.to_owned(),
            said,
        },
        404 => Error::NotFound {
            reference,
            what: what.to_owned(),
        },
        429 => Error::TooManyRequests { reference, wait },
        408 | 500..=599 => Error::Unavailable {
            reference,
            status: status.as_u16(),
            wait,
            said,
        },
        code => invalid(
            subject,
            format!("the registry refuses {what} with status {code}: {said}"),
        ),
    }
}

/// How long the registry wants to be left alone (RFC 9110 §10.2.3), in seconds or as a date.
fn wait(reply: &Reply) -> Option<Duration> {
    let text = reply.header(RETRY_AFTER.as_str())?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // The registry's own clock counts, so that ours need not be right.
    let date = |text| jiff::fmt::rfc2822::parse(text).ok();
    let now = date(reply.header(DATE.as_str())?)?;
    date(text)?.duration_since(&now).try_into().ok()
}

/// The errors that a registry states (distribution-spec, Error Codes).
#[derive(Deserialize)]
struct Stated {
    errors: Vec<StatedError>,
}

#[derive(Deserialize)]
struct StatedError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What the registry said, short enough to be shown; nothing of a page for browsers.
fn said(reply: Reply) -> String {
    let is_page = reply
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let Ok(bytes) = reply.bytes(MAX_ERROR) else {
        return String::new();
    };
    let text = match serde_json::from_slice::<Stated>(&bytes) {
        Ok(stated) => stated
            .errors
            .iter()
            .map(|error| {
                format!("{} {}", error.code, error.message)
                    .trim()
                    .to_owned()
            })
            .collect::<Vec<_>>()
            .join(", "),
        Err(_) if is_page => String::new(),
        Err(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
    };
    text.chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .take(MAX_SHOWN)
        .collect()
}
