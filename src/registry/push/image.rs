//! Pushing an image: blobs, then manifests, then the index, and the tags last of all.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use super::event::{Event, State};
use super::upload::{Uploads, check_digest, sha256};
use crate::oci::{
    BlobSource, Descriptor, Document, Image, MAX_DOCUMENT, is_index, parse_index, parse_manifest,
};
use crate::registry::auth::Scopes;
use crate::registry::client::Registry;
use crate::registry::error::invalid;
use crate::registry::session::Session;
use crate::registry::transport::{Reply, Request};
use crate::registry::{Error, Reference};

/// How many blobs are on their way at the same time.
const PARALLEL: usize = 4;

/// What to push, and where to.
#[derive(Clone, Copy)]
pub struct Push<'a> {
    /// The repository; its tag counts only when `tags` is empty.
    pub target: &'a Reference,
    /// The tags to move to the image; without any, that of `target`, if it has one.
    pub tags: &'a [String],
    /// The image.
    pub image: &'a Image,
    /// Who has its blobs: a store, an archive, another registry.
    pub source: &'a dyn BlobSource,
    /// Where blobs may be mounted from; other registries in it are passed over.
    pub mount_from: &'a [Reference],
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Push({} {:?})", self.target, self.tags)
    }
}

/// What a push did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The image by its digest.
    pub reference: Reference,
    /// How many blobs were there already.
    pub present: usize,
    /// How many blobs were mounted.
    pub mounted: usize,
    /// How many blobs were sent.
    pub uploaded: usize,
    /// Bytes of the blobs that were sent.
    pub bytes: u64,
}

/// All that an image consists of, in the order in which it is pushed.
struct Contents {
    blobs: Vec<Descriptor>,
    manifests: Vec<Document>,
}

impl Registry {
    /// Pushes an image; nobody sees it under a tag before all of it is there.
    pub fn push(
        &self,
        push: &Push<'_>,
        progress: &(dyn Fn(&Event) + Sync),
    ) -> Result<Pushed, Error> {
        let root = &push.image.root;
        let digest = sha256(&root.descriptor).map_err(Error::Source)?;
        let tags = tags(push)?;
        let mounts = mounts(push);
        let contents = Contents::of(push)?;
        let scopes = Scopes::push(push.target, mounts.iter().copied());
        let session = Session::new(&self.shared, push.target, scopes)?;
        let uploads = Uploads {
            session: &session,
            source: push.source,
            mounts: &mounts,
            progress,
            refused: Mutex::new(BTreeSet::new()),
        };
        let pushed = Pushed {
            reference: push.target.with_digest(digest),
            present: 0,
            mounted: 0,
            uploaded: 0,
            bytes: 0,
        };
        let pushed = push_blobs(&uploads, &contents.blobs, pushed)?;
        for document in contents.manifests.iter().chain([root]) {
            let digest = document.descriptor.digest().to_string();
            put_document(&session, document, &digest)?;
            progress(&event(document, State::Uploaded)?);
        }
        for tag in tags {
            put_document(&session, root, &tag)?;
            progress(&event(root, State::Tagged(tag))?);
        }
        Ok(pushed)
    }
}

fn event(document: &Document, state: State) -> Result<Event, Error> {
    let size = document.bytes.len() as u64;
    Ok(Event {
        digest: sha256(&document.descriptor).map_err(Error::Source)?,
        bytes: size,
        size,
        state,
    })
}

/// The tags to move, each once, all of them valid.
fn tags(push: &Push<'_>) -> Result<Vec<String>, Error> {
    let mut tags: Vec<String> = Vec::new();
    for tag in push.tags {
        push.target.with_tag(tag)?;
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    if tags.is_empty() {
        tags.extend(push.target.tag().map(str::to_owned));
    }
    Ok(tags)
}

/// The repositories that the registry can mount from, each once.
fn mounts<'a>(push: &Push<'a>) -> Vec<&'a Reference> {
    let mut mounts: Vec<&Reference> = Vec::new();
    for from in push.mount_from {
        let usable =
            from.registry() == push.target.registry() && !from.same_repository(push.target);
        if usable && !mounts.iter().any(|known| known.same_repository(from)) {
            mounts.push(from);
        }
    }
    mounts
}

impl Contents {
    fn of(push: &Push<'_>) -> Result<Self, Error> {
        let wrong = |error: crate::oci::DocumentError| invalid(push.target, error.to_string());
        let root = &push.image.root;
        let mut blobs = push.image.blobs();
        let mut manifests: Vec<Document> = Vec::new();
        if is_index(root.descriptor.media_type()) {
            for child in parse_index(&root.bytes).map_err(wrong)?.manifests() {
                let known = push
                    .image
                    .platforms
                    .iter()
                    .find(|one| one.document.descriptor.digest() == child.digest());
                if let Some(known) = known {
                    manifests.push(known.document.clone());
                    continue;
                }
                // Attestations are not platforms of the image, but the registry wants every child.
                let bytes = push
                    .source
                    .read(child, MAX_DOCUMENT)
                    .map_err(Error::Source)?;
                let manifest = parse_manifest(&bytes).map_err(wrong)?;
                blobs.push(manifest.config().clone());
                blobs.extend(manifest.layers().iter().cloned());
                let descriptor = child.clone();
                manifests.push(Document { descriptor, bytes });
            }
        }
        let mut seen = BTreeSet::new();
        blobs.retain(|blob| is_stored(blob) && seen.insert(blob.digest().to_string()));
        let mut seen = BTreeSet::new();
        manifests.retain(|one| seen.insert(one.descriptor.digest().to_string()));
        Ok(Self { blobs, manifests })
    }
}

/// Registries do not hold layers that their makers forbid to pass on.
fn is_stored(blob: &Descriptor) -> bool {
    let kind = blob.media_type().as_ref();
    !kind.contains(".layer.nondistributable.") && !kind.contains(".rootfs.foreign.")
}

/// Settles all blobs, several at a time; the first error stops what has not begun.
fn push_blobs(
    uploads: &Uploads<'_>,
    blobs: &[Descriptor],
    pushed: Pushed,
) -> Result<Pushed, Error> {
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new(Ok(pushed));
    let work = || {
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let settled = settle(uploads, blob);
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            match (settled, &mut *outcome) {
                (Ok(state), Ok(pushed)) => pushed.count(&state, blob.size()),
                (Err(error), Ok(_)) => {
                    next.store(blobs.len(), Ordering::Relaxed);
                    *outcome = Err(error);
                }
                (_, Err(_)) => {}
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..PARALLEL.min(blobs.len()) {
            scope.spawn(work);
        }
    });
    outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn settle(uploads: &Uploads<'_>, blob: &Descriptor) -> Result<State, Error> {
    let state = uploads.settle(blob)?;
    (uploads.progress)(&Event {
        digest: sha256(blob).map_err(Error::Source)?,
        bytes: blob.size(),
        size: blob.size(),
        state: state.clone(),
    });
    Ok(state)
}

impl Pushed {
    fn count(&mut self, state: &State, size: u64) {
        match state {
            State::Present => self.present += 1,
            State::Mounted => self.mounted += 1,
            _ => {
                self.uploaded += 1;
                self.bytes += size;
            }
        }
    }
}

/// Puts exactly the document's bytes under a digest or a tag.
pub(super) fn put_document(
    session: &Session,
    document: &Document,
    selector: &str,
) -> Result<Reply, Error> {
    let kind = document.descriptor.media_type().as_ref();
    let kind = HeaderValue::from_str(kind)
        .map_err(|_| invalid(&session.subject, format!("{kind:?} is not a media type")))?;
    let url = session.url(&format!("manifests/{selector}"));
    let mut request = Request::new(Method::PUT, url);
    request.headers.insert(CONTENT_TYPE, kind);
    request.body = document.bytes.clone().into();
    let digest = sha256(&document.descriptor).map_err(Error::Source)?;
    let elsewhere = elsewhere(document);
    let reply = session.call_read(&request, &[201], &|error| match (error, &elsewhere) {
        // docker-registry 2.8 says so of every manifest with addresses that it does not allow.
        (
            Error::Unavailable {
                status: 500, said, ..
            },
            Some((layer, address)),
        ) => Error::Elsewhere {
            reference: session.subject.to_string(),
            layer: layer.clone(),
            address: address.clone(),
            said,
        },
        (error, _) => error,
    })?;
    check_digest(session, &reply, &digest)?;
    Ok(reply)
}

/// The first layer of a manifest that names other addresses of its bytes (OCI image-spec,
/// descriptor.md: `urls`), and the first of them.
fn elsewhere(document: &Document) -> Option<(String, String)> {
    let manifest = parse_manifest(&document.bytes).ok()?;
    manifest.layers().iter().find_map(|layer| {
        let address = layer.urls().as_ref()?.first()?;
        Some((layer.digest().to_string(), address.clone()))
    })
}
