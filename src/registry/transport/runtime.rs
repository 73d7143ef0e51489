//! The runtime that moves bytes, and the wait for what it does.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Url;
use tokio::time::timeout;

use super::address::authority;
use super::fault::explain;
use crate::registry::{Error, Reference};

/// Runs what uses the network while the caller waits.
#[derive(Debug)]
pub(in crate::registry) struct Runtime {
    /// How long nothing may be heard.
    pub(super) idle: Duration,
    made: OnceLock<Result<tokio::runtime::Runtime, String>>,
}

impl Runtime {
    /// Makes nothing yet.
    pub(super) fn new(idle: Duration) -> Self {
        Self {
            idle,
            made: OnceLock::new(),
        }
    }

    /// The runtime that moves bytes; two threads, made at the first request.
    pub(in crate::registry) fn handle(&self) -> Result<&tokio::runtime::Runtime, Error> {
        let make = || {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("registry")
                .enable_all()
                .build()
                .map_err(|error| error.to_string())
        };
        let made = self.made.get_or_init(make).as_ref();
        made.map_err(|why| Error::System(why.clone()))
    }

    /// Runs something that uses the network, within a time limit.
    pub(in crate::registry) fn wait<T>(
        &self,
        subject: &Reference,
        url: &Url,
        limit: Duration,
        work: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, Error> {
        let done = self
            .handle()?
            .block_on(async { timeout(limit, work).await });
        match done {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(explain(subject, url, &error)),
            Err(_) => Err(Error::Interrupted {
                reference: subject.to_string(),
                host: authority(url),
                why: format!("nothing was heard for {} seconds", limit.as_secs_f32()),
            }),
        }
    }
}
