//! Connection errors, sorted by their cause.

use std::error::Error as StdError;
use std::io;

use reqwest::Url;

use super::address::authority;
use crate::registry::error::invalid;
use crate::registry::{Error, Reference};

/// Turns what reqwest says into the error that a person can act on.
pub(super) fn explain(subject: &Reference, url: &Url, error: &reqwest::Error) -> Error {
    let (reference, host) = (subject.to_string(), authority(url));
    let why = deepest(error).to_string();
    let encrypted = url.scheme() == "https";
    if encrypted && find::<rustls::Error>(error).is_some() {
        return Error::Tls {
            reference,
            host,
            why,
        };
    }
    if error.is_builder() {
        return invalid(subject, why);
    }
    if error.is_connect() && !error.is_timeout() {
        return Error::Refused {
            reference,
            host,
            why,
        };
    }
    Error::Interrupted {
        reference,
        host,
        why,
    }
}

/// What an error is caused by; an [`io::Error`] hides the error that it wraps from `source`.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |error| cause(*error)).find_map(|e| e.downcast_ref::<T>())
}

/// The cause of an error that has no further cause.
pub(super) fn deepest<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    std::iter::successors(Some(error), |error| cause(*error))
        .last()
        .unwrap_or(error)
}
