//! A small document that is attached to a manifest (distribution-spec 1.1, Pushing Manifests with
//! Subject).

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::sync::Mutex;

use super::image::put_document;
use super::upload::{Uploads, sha256};
use crate::oci::{
    BlobError, BlobSource, Descriptor, Digest, Document, EMPTY_CONFIG, MediaType, descriptor,
    empty_config, index, manifest, sorted_json,
};
use crate::registry::auth::Scopes;
use crate::registry::client::Registry;
use crate::registry::pull::{referrers_tag, tagged};
use crate::registry::session::Session;
use crate::registry::{Error, Reference};

/// The header by which a registry says that it keeps the list of what is attached.
const SUBJECT: &str = "oci-subject";

/// A document to attach.
#[derive(Clone, Copy, Debug)]
pub struct Attachment<'a> {
    /// The manifest that it is attached to.
    pub subject: &'a Descriptor,
    /// Its artifact type, which is that of the document, too.
    pub kind: &'a str,
    /// The document.
    pub bytes: &'a [u8],
}

struct Source<'a> {
    document: (&'a Digest, &'a [u8]),
}

impl BlobSource for Source<'_> {
    fn open(&self, wanted: &Descriptor) -> Result<Box<dyn Read + Send>, BlobError> {
        let (digest, bytes) = self.document;
        let bytes = match sha256(wanted)? == *digest {
            true => bytes,
            false => EMPTY_CONFIG,
        };
        Ok(Box::new(Cursor::new(bytes.to_vec())))
    }
}

impl Registry {
    /// Attaches a document to a manifest, which need not be there yet; gives the artifact by its
    /// digest.
    pub fn attach(
        &self,
        target: &Reference,
        attachment: &Attachment<'_>,
    ) -> Result<Reference, Error> {
        let digest = Digest::of(attachment.bytes);
        let kind = MediaType::Other(attachment.kind.to_owned());
        let blob = descriptor(kind.clone(), &digest, attachment.bytes.len() as u64);
        let subject = sha256(attachment.subject).map_err(Error::Source)?;
        let mut artifact = manifest(empty_config(), vec![blob.clone()], []);
        artifact.set_artifact_type(Some(kind.clone()));
        artifact.set_subject(Some(descriptor(
            attachment.subject.media_type().clone(),
            &subject,
            attachment.subject.size(),
        )));
        let mut document = written(MediaType::ImageManifest, &artifact);
        let session = Session::new(&self.shared, target, Scopes::push(target, []))?;
        let uploads = Uploads {
            session: &session,
            source: &Source {
                document: (&digest, attachment.bytes),
            },
            mounts: &[],
            progress: &|_| {},
            refused: Mutex::new(BTreeSet::new()),
        };
        for blob in [&empty_config(), &blob] {
            uploads.settle(blob)?;
        }
        let digest = sha256(&document.descriptor).map_err(Error::Source)?;
        let reply = put_document(&session, &document, &digest.to_string())?;
        if reply.header(SUBJECT).is_none() {
            document.descriptor.set_artifact_type(Some(kind));
            add_to_tag(&session, &subject, document.descriptor)?;
        }
        Ok(target.with_digest(digest))
    }
}

/// Adds an artifact to the tag that stands for the list, where the registry keeps none.
fn add_to_tag(session: &Session, subject: &Digest, artifact: Descriptor) -> Result<(), Error> {
    let mut known = tagged(session, subject)?;
    if known.iter().any(|one| one.digest() == artifact.digest()) {
        return Ok(());
    }
    known.push(artifact);
    let list = written(MediaType::ImageIndex, &index(known, []));
    put_document(session, &list, &referrers_tag(subject)).map(drop)
}

fn written(kind: MediaType, document: &impl serde::Serialize) -> Document {
    let bytes = sorted_json(document);
    let descriptor = descriptor(kind, &Digest::of(&bytes), bytes.len() as u64);
    Document { descriptor, bytes }
}
