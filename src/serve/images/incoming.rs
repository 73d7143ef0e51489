//! A blob that comes in, as those who wait for it see it.

use std::fs::File;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

/// Why a blob does not come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// The registry does not have it.
    Absent,
    /// It is larger than the cache may be.
    TooLarge(String),
    /// Anything else.
    Other(String),
}

/// How far it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Its size, once the registry has said it.
    pub(super) size: Option<u64>,
    /// How many bytes are there.
    pub(super) written: u64,
    /// Whether it is whole and verified, or why it is not.
    pub(super) end: Option<Result<(), Failed>>,
}

/// A blob that comes in.
#[derive(Debug)]
pub(super) struct Incoming {
    file: OnceLock<Arc<File>>,
    progress: watch::Sender<Progress>,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self {
            file: OnceLock::new(),
            progress: watch::Sender::new(Progress::default()),
        }
    }

    /// Notes that its first byte may come.
    pub(super) fn begins(&self, file: Arc<File>, size: u64) {
        let _ = self.file.set(file);
        self.progress.send_modify(|now| now.size = Some(size));
    }

    /// Notes that so many more bytes are in the file.
    pub(super) fn grows(&self, count: u64) {
        self.progress.send_modify(|now| now.written += count);
    }

    /// Notes what came of it.
    pub(super) fn ends(&self, result: Result<(), Failed>) {
        self.progress.send_modify(|now| now.end = Some(result));
    }

    /// How far it is, from now on.
    pub(super) fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Waits until its first byte may come; its file and size.
    pub(super) async fn begun(&self) -> Result<(Arc<File>, u64), Failed> {
        let lost = || Failed::Other("the server does not fetch it any more".to_owned());
        let mut progress = self.progress();
        let now = progress
            .wait_for(|now| now.size.is_some() || now.end.is_some())
            .await
            .map_err(|_| lost())?
            .clone();
        match (now.end, self.file.get(), now.size) {
            (Some(Err(failed)), ..) => Err(failed),
            (_, Some(file), Some(size)) => Ok((file.clone(), size)),
            _ => Err(lost()),
        }
    }
}
