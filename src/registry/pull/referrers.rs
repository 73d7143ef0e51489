//! What is attached to a manifest (distribution-spec 1.1, Listing Referrers): by the registry's own
//! list, or by the tag that stands for it where the registry has none.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use super::repository::{MAX_PAGES, next_page};
use crate::oci::{Descriptor, Digest, MAX_DOCUMENT, MediaType, is_index, parse_index};
use crate::registry::auth::Scopes;
use crate::registry::client::Registry;
use crate::registry::error::invalid;
use crate::registry::session::Session;
use crate::registry::transport::{Reply, Request};
use crate::registry::{Error, Reference};

/// The media type of the list.
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The tag that stands for the list of what is attached to a manifest.
pub(in crate::registry) fn referrers_tag(subject: &Digest) -> String {
    format!("sha256-{}", subject.hex())
}

impl Registry {
    /// Lists what is attached to a manifest in a reference's repository, of one artifact type.
    pub fn referrers(
        &self,
        reference: &Reference,
        subject: &Digest,
        kind: &str,
    ) -> Result<Vec<Descriptor>, Error> {
        let session = Session::new(&self.shared, reference, Scopes::pull(reference))?;
        let found = match listed(&session, subject, kind)? {
            Some(found) => found,
            None => tagged(&session, subject)?,
        };
        let is_kind = |one: &Descriptor| {
            let found = one.artifact_type().as_ref();
            found.is_some_and(|found| found.as_ref() == kind)
        };
        Ok(found.into_iter().filter(is_kind).collect())
    }
}

/// What the registry's own list says; none where it has no such list.
fn listed(
    session: &Session,
    subject: &Digest,
    kind: &str,
) -> Result<Option<Vec<Descriptor>>, Error> {
    let mut url = session.url(&format!("referrers/{subject}"));
    url.query_pairs_mut().append_pair("artifactType", kind);
    let mut next = Some(url);
    let mut found = Vec::new();
    for page in 0..MAX_PAGES {
        let Some(url) = next else {
            return Ok(Some(found));
        };
        // Registries from before the list answer it as any address that they do not know.
        let accepts: &[u16] = if page == 0 {
            &[200, 400, 404, 405]
        } else {
            &[200]
        };
        let reply = session.call(&get(url), accepts)?;
        if reply.status() != 200 || !is_list(&reply) {
            return Ok(None);
        }
        next = next_page(&reply);
        found.extend(descriptors(session, reply)?);
    }
    let why = format!("the list of what is attached has more than {MAX_PAGES} pages");
    Err(invalid(&session.subject, why))
}

/// What the tag in the list's place says.
pub(in crate::registry) fn tagged(
    session: &Session,
    subject: &Digest,
) -> Result<Vec<Descriptor>, Error> {
    let url = session.url(&format!("manifests/{}", referrers_tag(subject)));
    let reply = session.call(&get(url), &[200, 404])?;
    // Some registries take such a tag for the digest, and answer with the manifest itself.
    match reply.status() == 200 && is_list(&reply) {
        true => descriptors(session, reply),
        false => Ok(Vec::new()),
    }
}

fn get(url: reqwest::Url) -> Request {
    let mut request = Request::new(Method::GET, url);
    request
        .headers
        .insert(ACCEPT, HeaderValue::from_static(INDEX));
    request
}

/// Tells whether an answer is a list, and not a page for people.
fn is_list(reply: &Reply) -> bool {
    let kind = reply.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    is_index(&MediaType::from(kind))
}

fn descriptors(session: &Session, reply: Reply) -> Result<Vec<Descriptor>, Error> {
    let bytes = reply.bytes(MAX_DOCUMENT)?;
    let index = parse_index(&bytes)
        .map_err(|error| invalid(&session.subject, format!("what is attached: {error}")))?;
    Ok(index.manifests().clone())
}
