//! One blob on its way into a registry: there already, mounted, or streamed up.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::poll_fn;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Body, Method, StatusCode, Url};
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::timeout;

use super::event::{Event, State};
use crate::oci::{BlobError, BlobSource, Descriptor, Digest};
use crate::registry::error::invalid;
use crate::registry::retry::retry;
use crate::registry::session::Session;
use crate::registry::transport::Request;
use crate::registry::transport::authority;
use crate::registry::transport::{CONTENT_DIGEST, Reply};
use crate::registry::{Error, Reference};

/// Size of the pieces in which blobs are sent, in bytes.
const PIECE: usize = 128 << 10;

/// Pieces that wait between the source and the socket.
const QUEUE: usize = 4;

/// A registry may take so many times the idle limit to store a blob after its last byte.
const STORING: u32 = 10;

/// Brings blobs into a repository.
pub(super) struct Uploads<'a> {
    pub(super) session: &'a Session,
    pub(super) source: &'a dyn BlobSource,
    pub(super) mounts: &'a [&'a Reference],
    pub(super) progress: &'a (dyn Fn(&Event) + Sync),
    /// Repositories of which the registry mounts nothing, by their place in `mounts`.
    pub(super) refused: Mutex<BTreeSet<usize>>,
}

/// What an attempt to mount ended with.
enum Mount {
    Done,
    /// Nothing was mounted; an upload may have been begun instead.
    Not(Option<Url>),
}

impl Uploads<'_> {
    /// Makes sure that the repository has a blob, in the cheapest way that the registry allows.
    pub(super) fn settle(&self, blob: &Descriptor) -> Result<State, Error> {
        let digest = sha256(blob).map_err(Error::Source)?;
        if self.has(blob)? {
            return Ok(State::Present);
        }
        let mut begun = match self.mount(&digest)? {
            Mount::Done => return Ok(State::Mounted),
            Mount::Not(begun) => begun,
        };
        retry(&self.session.shared.transport.settings, || {
            let location = match begun.take() {
                Some(location) => location,
                None => self.begin()?,
            };
            self.send(blob, &digest, location)
        })?;
        Ok(State::Uploaded)
    }

    fn has(&self, blob: &Descriptor) -> Result<bool, Error> {
        let url = self.session.url(&format!("blobs/{}", blob.digest()));
        let reply = self
            .session
            .call(&Request::new(Method::HEAD, url), &[200, 404])?;
        if reply.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        // Some registries announce nothing, or an empty body, for HEAD.
        match reply.length() {
            Some(length) if length > 0 && length != blob.size() => Err(invalid(
                &self.session.subject,
                format!(
                    "the registry says that blob {} has {length} bytes, but it has {}",
                    blob.digest(),
                    blob.size()
                ),
            )),
            _ => Ok(true),
        }
    }

    /// Asks the registry to take the blob from another of its repositories (distribution-spec,
    /// Mounting a blob from another repository); whatever it answers instead, an upload will do.
    fn mount(&self, digest: &Digest) -> Result<Mount, Error> {
        let mut begun: Option<Url> = None;
        for (place, from) in self.mounts.iter().enumerate() {
            if self.refused().contains(&place) {
                continue;
            }
            if let Some(unused) = begun.take() {
                // An upload that nobody goes on with; the registry forgets it sooner or later anyway.
                let _ = self
                    .session
                    .call(&Request::new(Method::DELETE, unused), &[204, 404]);
            }
            let mut url = self.session.url("blobs/uploads/");
            url.query_pairs_mut()
                .append_pair("mount", &digest.to_string())
                .append_pair("from", from.repository());
            let request = Request::new(Method::POST, url);
            let reply = self
                .session
                .call(&request, &[201, 202, 400, 401, 403, 404, 405])?;
            match reply.status() {
                StatusCode::CREATED => return Ok(Mount::Done),
                StatusCode::ACCEPTED => begun = Some(reply.location()?),
                _ => {
                    self.refused().insert(place);
                }
            }
        }
        Ok(Mount::Not(begun))
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, BTreeSet<usize>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) -> Result<Url, Error> {
        let request = Request::new(Method::POST, self.session.url("blobs/uploads/"));
        self.session.call(&request, &[202])?.location()
    }

    /// Sends the blob in one request whose body is read from the source as the socket takes it.
    fn send(&self, blob: &Descriptor, digest: &Digest, mut location: Url) -> Result<(), Error> {
        let session = self.session;
        let transport = &session.shared.transport;
        // The location has parameters of its own, which must stay.
        location
            .query_pairs_mut()
            .append_pair("digest", &digest.to_string());
        let mut request = Request::new(Method::PUT, location.clone());
        let octets = HeaderValue::from_static("application/octet-stream");
        request.headers.insert(CONTENT_TYPE, octets);
        request
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(blob.size()));
        let mut reader = self.source.open(blob).map_err(Error::Source)?;
        let header = session.header(&location)?;
        let (sender, mut receiver) = channel::<Result<Bytes, io::Error>>(QUEUE);
        let body = Body::wrap_stream(poll_fn(move |context| receiver.poll_recv(context)));
        let prepared = transport.prepare(&session.subject, &request, header.as_ref())?;
        let sending = transport
            .runtime
            .handle()?
            .spawn(prepared.body(body).send());
        if let Err(error) = self.feed(blob, digest, &mut *reader, &sender) {
            sending.abort();
            return Err(error);
        }
        // The end of the body.
        drop(sender);
        let limit = transport.settings.idle.saturating_mul(STORING);
        let response = transport
            .runtime
            .wait(&session.subject, &location, limit, async {
                sending
                    .await
                    .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
            })?;
        let reply = Reply::new(response, &transport.runtime, &session.subject);
        if session.renew(&reply, header.as_ref())?.is_some() {
            return Err(self.interrupted("the token has expired"));
        }
        check_digest(session, &session.expect(reply, &[201])?, digest)
    }

    /// Moves the blob from the source to the socket.
    ///
    /// A piece is sent only after the next one was read: a source finds damage when its end is
    /// read, and then the last piece is missing and the registry keeps nothing.
    fn feed(
        &self,
        blob: &Descriptor,
        digest: &Digest,
        reader: &mut dyn Read,
        sender: &Sender<Result<Bytes, io::Error>>,
    ) -> Result<(), Error> {
        let mut held: Option<Bytes> = None;
        let (mut read, mut sent) = (0, 0);
        loop {
            let piece = next_piece(reader).map_err(|source| {
                Error::Source(BlobError::Io {
                    doing: format!("reading blob {digest}: {source}"),
                    source,
                })
            })?;
            read += piece.len() as u64;
            let ended = piece.is_empty();
            if read > blob.size() || (ended && read != blob.size()) {
                return Err(Error::Source(BlobError::Damaged {
                    digest: *digest,
                    place: "the source of the push".into(),
                    found: format!("it has {read} bytes instead of {}", blob.size()),
                }));
            }
            if let Some(piece) = held.replace(piece) {
                sent += piece.len() as u64;
                if !self.pass(sender, piece)? {
                    // The registry has answered before the end; what it says is read next.
                    return Ok(());
                }
                (self.progress)(&Event {
                    digest: *digest,
                    bytes: sent,
                    size: blob.size(),
                    state: State::Uploading,
                });
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Hands one piece to the socket; false when nobody takes any more.
    fn pass(&self, sender: &Sender<Result<Bytes, io::Error>>, piece: Bytes) -> Result<bool, Error> {
        let transport = &self.session.shared.transport;
        let idle = transport.settings.idle;
        transport
            .runtime
            .handle()?
            .block_on(async { timeout(idle, sender.send(Ok(piece))).await })
            .map(|passed| passed.is_ok())
            .map_err(|_| self.interrupted("the registry takes no more bytes"))
    }

    fn interrupted(&self, why: &str) -> Error {
        Error::Interrupted {
            reference: self.session.subject.to_string(),
            host: authority(&self.session.url("")),
            why: why.to_owned(),
        }
    }
}

/// Reads until a piece is full or the source at its end.
fn next_piece(reader: &mut dyn Read) -> io::Result<Bytes> {
    let mut piece = Vec::new();
    reader.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(Bytes::from(piece))
}

/// The digest of a blob, if it is one that can be verified.
pub(super) fn sha256(blob: &Descriptor) -> Result<Digest, BlobError> {
    let digest = blob.digest().to_string();
    digest
        .parse()
        .map_err(|error: crate::oci::DigestError| BlobError::Descriptor(error.to_string()))
}

/// Refuses an answer that names another digest than what was sent.
pub(super) fn check_digest(session: &Session, reply: &Reply, sent: &Digest) -> Result<(), Error> {
    match reply.header(CONTENT_DIGEST) {
        Some(stored) if stored != sent.to_string() => Err(invalid(
            &session.subject,
            format!("the registry says that it stored {stored} instead of {sent}"),
        )),
        _ => Ok(()),
    }
}
