//! Reading from a registry: what a reference stands for, its tags, its blobs.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, LINK};
use reqwest::{Method, Url};
use serde::Deserialize;

use super::blob::BlobReader;
use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, MAX_DOCUMENT, MediaType, descriptor, is_index,
};
use crate::registry::auth::Scopes;
use crate::registry::client::Registry;
use crate::registry::error::invalid;
use crate::registry::session::Session;
use crate::registry::transport::Request;
use crate::registry::transport::{CONTENT_DIGEST, Reply};
use crate::registry::{Error, Reference};

/// Kinds of manifest that terroir reads.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// Most pages of a list that are read; a registry that has more is going in circles.
pub(super) const MAX_PAGES: usize = 1000;

/// Largest page of tags that is read, in bytes.
const MAX_PAGE: u64 = 16 << 20;

impl Registry {
    /// Finds the index or manifest that a reference stands for.
    ///
    /// Costs one HEAD; a registry that does not answer it fully is asked for the document itself.
    pub fn resolve(&self, reference: &Reference) -> Result<Descriptor, Error> {
        let session = Session::new(&self.shared, reference, Scopes::pull(reference))?;
        let url = session.url(&format!("manifests/{}", reference.selector()));
        let mut request = Request::new(Method::HEAD, url);
        request
            .headers
            .insert(ACCEPT, HeaderValue::from_static(MANIFESTS));
        // Some registries answer HEAD with 404 or 405 where GET works.
        let head = session.call(&request, &[200, 404, 405])?;
        let found = match stated(&head) {
            Some(found) if head.status() == 200 => found,
            _ => {
                request.method = Method::GET;
                read_root(&session, session.call(&request, &[200])?)?
            }
        };
        check_root(reference, &found)?;
        Ok(found)
    }

    /// Lists the tags of a reference's repository, in order.
    pub fn tags(&self, reference: &Reference) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let session = Session::new(&self.shared, reference, Scopes::pull(reference))?;
        let mut next = Some(session.url("tags/list?n=1000"));
        let mut tags = BTreeSet::new();
        for _ in 0..MAX_PAGES {
            let Some(url) = next else {
                return Ok(tags.into_iter().collect());
            };
            let reply = session.call(&Request::new(Method::GET, url), &[200])?;
            next = next_page(&reply);
            let page: Page = serde_json::from_slice(&reply.bytes(MAX_PAGE)?)
                .map_err(|error| invalid(reference, format!("the list of tags: {error}")))?;
            tags.extend(page.tags.unwrap_or_default());
        }
        Err(invalid(
            reference,
            format!("the list of tags has more than {MAX_PAGES} pages"),
        ))
    }

    /// The size of a blob of a reference's repository.
    pub fn size(&self, reference: &Reference, digest: &Digest) -> Result<u64, Error> {
        let session = Session::new(&self.shared, reference, Scopes::pull(reference))?;
        let url = session.url(&format!("blobs/{digest}"));
        let reply = session.call(&Request::new(Method::HEAD, url), &[200])?;
        let absent = || invalid(reference, format!("it does not say the size of {digest}"));
        reply.length().ok_or_else(absent)
    }

    /// The blobs and manifests of a reference's repository.
    #[must_use]
    pub fn blobs(&self, reference: &Reference) -> Blobs {
        Blobs {
            registry: self.clone(),
            reference: reference.clone(),
        }
    }
}

/// The descriptor that the headers of an answer state, if they state all of it.
fn stated(reply: &Reply) -> Option<Descriptor> {
    let digest: Digest = reply.header(CONTENT_DIGEST)?.parse().ok()?;
    let size = reply.length()?;
    let kind = media_type(reply)?;
    (size > 0).then(|| descriptor(kind, &digest, size))
}

fn media_type(reply: &Reply) -> Option<MediaType> {
    let kind = reply.header(CONTENT_TYPE.as_str())?.split(';').next()?;
    let kind = MediaType::from(kind.trim());
    is_manifest(&kind).then_some(kind)
}

/// Describes a document by its own bytes.
fn read_root(session: &Session, reply: Reply) -> Result<Descriptor, Error> {
    #[derive(Deserialize)]
    struct Kind {
        #[serde(rename = "mediaType")]
        media_type: Option<String>,
    }
    let kind = media_type(&reply);
    let claimed = reply.header(CONTENT_DIGEST).map(str::to_owned);
    let bytes = reply.bytes(MAX_DOCUMENT)?;
    let digest = Digest::of(&bytes);
    if let Some(claimed) = claimed.filter(|claimed| *claimed != digest.to_string()) {
        return Err(invalid(
            &session.subject,
            format!("the registry says that the manifest is {claimed}, but it is {digest}"),
        ));
    }
    let kind = match kind {
        Some(kind) => kind,
        None => serde_json::from_slice::<Kind>(&bytes)
            .ok()
            .and_then(|document| document.media_type)
            .map(|kind| MediaType::from(kind.as_str()))
            .filter(is_manifest)
            .ok_or_else(|| invalid(&session.subject, "what it names is not an image"))?,
    };
    Ok(descriptor(kind, &digest, bytes.len() as u64))
}

/// Refuses another document than the one that was asked for.
fn check_root(reference: &Reference, found: &Descriptor) -> Result<(), Error> {
    match reference.digest() {
        Some(wanted) if wanted.to_string() != found.digest().to_string() => Err(invalid(
            reference,
            format!("the registry answers with {} instead", found.digest()),
        )),
        _ => Ok(()),
    }
}

/// The address of the next page (RFC 5988); never one on another host.
pub(super) fn next_page(reply: &Reply) -> Option<Url> {
    let (target, rest) = reply
        .header(LINK.as_str())?
        .strip_prefix('<')?
        .split_once('>')?;
    let next = reply.url().join(target).ok()?;
    (rest.contains("next") && next.origin() == reply.url().origin()).then_some(next)
}

pub(super) fn is_manifest(kind: &MediaType) -> bool {
    is_index(kind)
        || *kind == MediaType::ImageManifest
        || kind.as_ref() == "application/vnd.docker.distribution.manifest.v2+json"
}

/// The blobs and manifests of one repository.
#[derive(Clone)]
pub struct Blobs {
    registry: Registry,
    reference: Reference,
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.reference)
    }
}

impl BlobSource for Blobs {
    /// Opens a blob, or a manifest by its media type; a broken connection is resumed where it broke.
    fn open(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let digest: Digest = descriptor
            .digest()
            .to_string()
            .parse()
            .map_err(|error: crate::oci::DigestError| BlobError::Descriptor(error.to_string()))?;
        let remote = |error: Error| match error {
            Error::NotFound { .. } => BlobError::Missing {
                digest,
                place: self.reference.to_string(),
            },
            other => BlobError::Remote(full_text(&other)),
        };
        let scopes = Scopes::pull(&self.reference);
        let session =
            Session::new(&self.registry.shared, &self.reference, scopes).map_err(remote)?;
        let place = if is_manifest(descriptor.media_type()) {
            "manifests"
        } else {
            "blobs"
        };
        let mut request = Request::new(Method::GET, session.url(&format!("{place}/{digest}")));
        if place == "manifests" {
            request
                .headers
                .insert(ACCEPT, HeaderValue::from_static(MANIFESTS));
        }
        let mut reader = BlobReader::new(session, request, digest, descriptor.size());
        match reader.connect() {
            Ok(()) => Ok(Box::new(reader)),
            Err(Error::Invalid { why, .. }) => Err(BlobError::Damaged {
                digest,
                place: self.reference.to_string(),
                found: why,
            }),
            Err(error) => Err(remote(error)),
        }
    }
}

/// An error with its causes and its hint in one line, for where only a text fits.
fn full_text(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
