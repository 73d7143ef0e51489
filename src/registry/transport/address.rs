//! Addresses of registries: their hosts, and which may be used without TLS.

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::registry::error::invalid;
use crate::registry::{Error, Reference, Settings};

/// Host and port as references write them.
pub(in crate::registry) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The address that a header `Location` names.
pub(super) fn join(subject: &Reference, base: &Url, location: &HeaderValue) -> Result<Url, Error> {
    let text = String::from_utf8_lossy(location.as_bytes());
    base.join(&text).map_err(|error| {
        invalid(
            subject,
            format!("the Location {text:?} is not an address: {error}"),
        )
    })
}

/// Tells whether a host is one of those without TLS.
pub(super) fn is_listed(settings: &Settings, url: &Url) -> bool {
    let insecure = &settings.insecure;
    insecure.contains(&authority(url)) || url.host_str().is_some_and(|h| insecure.contains(h))
}

/// Tells whether an address is on this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The error of an address that would be used without TLS.
pub(super) fn plain(subject: &Reference, url: &Url) -> Error {
    Error::Plain {
        reference: subject.to_string(),
        host: authority(url),
    }
}
