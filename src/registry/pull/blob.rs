//! A blob as it comes in: verified, and resumed where the connection broke.

use std::io::{self, Read, Write as _};
use std::thread;

use bytes::{Buf as _, Bytes};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, HeaderValue, RANGE};

use crate::oci::{Digest, Hasher};
use crate::registry::Error;
use crate::registry::error::invalid;
use crate::registry::retry::next_wait;
use crate::registry::session::Session;
use crate::registry::transport::Reply;
use crate::registry::transport::Request;

/// So many bytes after a break mean that the connection works again, and all tries are granted anew.
const PROGRESS: u64 = 1 << 20;

/// Reads a blob; gives an error instead of its end when it is not what it should be.
pub(super) struct BlobReader {
    session: Session,
    request: Request,
    digest: Digest,
    size: u64,
    hasher: Option<Hasher>,
    given: u64,
    reply: Option<Reply>,
    chunk: Bytes,
    skip: u64,
    failures: u32,
    failed_at: u64,
}

impl BlobReader {
    /// Connects nowhere yet.
    pub(super) fn new(session: Session, mut request: Request, digest: Digest, size: u64) -> Self {
        request
            .headers
            .insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        Self {
            session,
            request,
            digest,
            size,
            hasher: Some(Hasher::default()),
            given: 0,
            reply: None,
            chunk: Bytes::new(),
            skip: 0,
            failures: 0,
            failed_at: 0,
        }
    }

    /// Asks for what has not been given yet.
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        self.request.headers.remove(RANGE);
        if self.given > 0 {
            let range = format!("bytes={}-", self.given);
            let range = HeaderValue::try_from(range).expect("a number fits into a header");
            self.request.headers.insert(RANGE, range);
        }
        let reply = self.session.call(&self.request, &[200, 206])?;
        let partial = reply.status() == StatusCode::PARTIAL_CONTENT;
        if let Some(length) = reply.length()
            && length != self.size - if partial { self.given } else { 0 }
        {
            return Err(self.wrong(format!(
                "the registry announces {length} bytes of a blob of {} bytes",
                self.size
            )));
        }
        if partial && !starts_at(&reply, self.given) {
            return Err(self.wrong("the registry answers with another range".into()));
        }
        // What was given before is passed over where the registry does not know ranges.
        self.skip = if partial { 0 } else { self.given };
        self.reply = Some(reply);
        Ok(())
    }

    fn wrong(&self, why: String) -> Error {
        invalid(&self.session.subject, why)
    }

    /// The next piece, from a new connection if the old one broke; empty at the end.
    fn fetch(&mut self) -> Result<Bytes, Error> {
        loop {
            let Some(reply) = &mut self.reply else {
                self.connect()?;
                continue;
            };
            match reply.chunk() {
                Ok(Some(mut chunk)) => {
                    let passed = usize::try_from(self.skip)
                        .map_or(chunk.len(), |skip| skip.min(chunk.len()));
                    chunk.advance(passed);
                    self.skip -= passed as u64;
                    if !chunk.is_empty() {
                        return Ok(chunk);
                    }
                }
                Ok(None) => return Ok(Bytes::new()),
                // All that is wanted is here; the digest decides.
                Err(_) if self.given == self.size => return Ok(Bytes::new()),
                Err(error) => self.rest(error)?,
            }
        }
    }

    /// Waits before the next connection, or gives up.
    fn rest(&mut self, error: Error) -> Result<(), Error> {
        self.reply = None;
        if self.given - self.failed_at >= PROGRESS {
            self.failures = 0;
        }
        self.failed_at = self.given;
        self.failures += 1;
        let settings = &self.session.shared.transport.settings;
        if self.failures >= settings.tries {
            return Err(error);
        }
        let wait = next_wait(settings, self.failures, &error).ok_or(error)?;
        thread::sleep(wait);
        Ok(())
    }

    /// Compares what was given with what should have been.
    fn verify(&mut self) -> io::Result<()> {
        let Some(hasher) = self.hasher.take() else {
            return Ok(());
        };
        let (digest, count) = hasher.finish();
        if digest == self.digest && count == self.size {
            return Ok(());
        }
        Err(self.damaged(&format!(
            "it is {digest} of {count} bytes instead of {} bytes",
            self.size
        )))
    }

    fn damaged(&self, found: &str) -> io::Error {
        let (digest, place) = (self.digest, &self.session.subject);
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("blob {digest} in {place} is damaged: {found}"),
        )
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.hasher.is_none() {
            return Ok(0);
        }
        if self.chunk.is_empty() {
            self.chunk = self.fetch().map_err(io::Error::other)?;
        }
        if self.chunk.is_empty() {
            self.reply = None;
            return self.verify().map(|()| 0);
        }
        if self.given + self.chunk.len() as u64 > self.size {
            return Err(self.damaged(&format!("it is longer than {} bytes", self.size)));
        }
        let count = self.chunk.len().min(buffer.len());
        let piece = self.chunk.split_to(count);
        piece
            .reader()
            .read_exact(buffer.get_mut(..count).unwrap_or_default())?;
        if let Some(hasher) = &mut self.hasher {
            hasher.write_all(buffer.get(..count).unwrap_or_default())?;
        }
        self.given += count as u64;
        Ok(count)
    }
}

/// Tells whether a partial answer begins where it should.
fn starts_at(reply: &Reply, start: u64) -> bool {
    reply.header(CONTENT_RANGE.as_str()).and_then(|range| {
        range
            .strip_prefix("bytes ")?
            .split('-')
            .next()?
            .parse()
            .ok()
    }) == Some(start)
}
