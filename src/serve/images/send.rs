//! Sending a blob, also while it comes in.

use std::fs::File;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use rustix::buffer::spare_capacity;
use rustix::io::pread;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::incoming::Progress;

/// How many bytes are sent at once, and as many are read meanwhile.
const SENT: usize = 256 << 10;

/// A blob that is sent.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: Arc<File>,
    pub(super) size: u64,
    /// How far it is; none when it is whole.
    pub(super) progress: Option<watch::Receiver<Progress>>,
}

impl Source {
    /// How many bytes there are, once there are more than `at`. The last ones count only when all of them are
    /// verified, so that nobody takes a wrong blob for a whole one.
    async fn ready(&mut self, at: u64) -> io::Result<u64> {
        let Some(progress) = &mut self.progress else {
            return Ok(self.size);
        };
        let size = self.size;
        let is_ready =
            |now: &Progress| now.end.is_some() || (now.written > at && now.written < size);
        let now = progress
            .wait_for(is_ready)
            .await
            .map_err(io::Error::other)?;
        match &now.end {
            Some(Ok(())) => Ok(size),
            Some(Err(_)) => Err(io::Error::other("the registry did not give all of it")),
            None => Ok(now.written),
        }
    }

    /// The next bytes from a place on, up to an end.
    async fn piece(mut self, at: u64, end: u64) -> io::Result<Bytes> {
        let ready = self.ready(at).await?.min(end);
        let count = usize::try_from(ready.saturating_sub(at)).unwrap_or(SENT);
        let count = count.min(SENT);
        let reading = move || {
            let mut bytes = Vec::with_capacity(count);
            pread(&*self.file, spare_capacity(&mut bytes), at)?;
            bytes.truncate(count);
            match bytes.is_empty() {
                true => Err(io::ErrorKind::UnexpectedEof.into()),
                false => Ok(Bytes::from(bytes)),
            }
        };
        tokio::task::spawn_blocking(reading).await?
    }

    fn begin(&self, at: u64, end: u64) -> Option<JoinHandle<io::Result<Bytes>>> {
        (at < end).then(|| tokio::spawn(self.clone().piece(at, end)))
    }

    /// All of it, which is small.
    pub(super) async fn whole(&self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while (all.len() as u64) < self.size {
            let piece = self.clone().piece(all.len() as u64, self.size).await?;
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// A part of it.
    pub(super) fn body(self, at: u64, end: u64) -> Body {
        let next = self.begin(at, end);
        let pieces = stream::unfold((self, at, next), move |(source, at, next)| async move {
            let piece = match next?.await {
                Ok(Ok(piece)) => piece,
                Ok(Err(error)) => return Some((Err(error), (source, at, None))),
                Err(error) => return Some((Err(io::Error::other(error)), (source, at, None))),
            };
            let at = at + piece.len() as u64;
            // The next piece is read while this one is sent.
            let next = source.begin(at, end);
            Some((Ok::<_, io::Error>(piece), (source, at, next)))
        });
        Body::from_stream(pieces)
    }
}
