//! Two layers side by side: read at once, entry by entry, in little memory.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::oci::{BlobSource, Descriptor};
use crate::tree::{Entry, Error, Limits, read_layer};

/// Length of the pieces in which contents are compared, in bytes.
const PIECE: usize = 64 << 10;
/// How many pieces a reader may be ahead.
const AHEAD: usize = 4;

/// What a reader of a layer comes upon.
enum Found {
    Entry(Box<Entry>),
    Content(Vec<u8>),
    Failed(Error),
}

/// One of the layers, as far as it was read.
pub(super) struct Side {
    found: Receiver<Found>,
    next: Option<Found>,
}

impl Side {
    fn take(&mut self) -> Option<Found> {
        // A reader that hangs up has come to its end.
        self.next.take().or_else(|| self.found.recv().ok())
    }

    /// The next entry; what was not read of the content before it is skipped.
    pub(super) fn entry(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            match self.take() {
                Some(Found::Entry(entry)) => return Ok(Some(*entry)),
                Some(Found::Content(_)) => {}
                Some(Found::Failed(error)) => return Err(error),
                None => return Ok(None),
            }
        }
    }

    /// The next piece of the entry's content; all but the last are of one length.
    pub(super) fn piece(&mut self) -> Result<Option<Vec<u8>>, Error> {
        match self.take() {
            Some(Found::Content(piece)) => Ok(Some(piece)),
            Some(Found::Failed(error)) => Err(error),
            other => {
                self.next = other;
                Ok(None)
            }
        }
    }
}

/// Reads two layers at once and shows both to a closure.
pub(super) fn side_by_side<T>(
    one: (&Descriptor, &dyn BlobSource),
    other: (&Descriptor, &dyn BlobSource),
    look: impl FnOnce(&mut Side, &mut Side) -> Result<T, Error>,
) -> Result<T, Error> {
    thread::scope(|scope| {
        let (sender, found) = sync_channel(AHEAD);
        let mut left = Side { found, next: None };
        scope.spawn(move || read(one.0, one.1, &sender));
        let (sender, found) = sync_channel(AHEAD);
        let mut right = Side { found, next: None };
        scope.spawn(move || read(other.0, other.1, &sender));
        // Both sides are dropped on return, which is how readers learn that nobody listens.
        let seen = look(&mut left, &mut right);
        drop((left, right));
        seen
    })
}

fn read(layer: &Descriptor, source: &dyn BlobSource, sender: &SyncSender<Found>) {
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        if sender.send(Found::Entry(Box::new(entry))).is_err() {
            return Ok(ControlFlow::Break(()));
        }
        loop {
            let mut piece = Vec::with_capacity(PIECE);
            Read::take(&mut *content, PIECE as u64)
                .read_to_end(&mut piece)
                .map_err(|source| Error::io("reading the layer", source))?;
            if piece.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            if sender.send(Found::Content(piece)).is_err() {
                return Ok(ControlFlow::Break(()));
            }
        }
    };
    let blob = source.open(layer).map_err(Error::from);
    let kind = layer.media_type();
    let done = blob.and_then(|blob| read_layer(blob, kind, &Limits::default(), &mut visit));
    if let Err(error) = done {
        // Nobody is told who does not listen any more.
        let _ = sender.send(Found::Failed(error));
    }
}
