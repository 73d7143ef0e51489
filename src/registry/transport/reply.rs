//! An answer of a registry, whose body is read piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, HeaderMap, LOCATION};
use reqwest::{StatusCode, Url};

use super::address::join;
use super::runtime::Runtime;
use crate::registry::error::invalid;
use crate::registry::{Error, Reference};

/// Header with the digest of what is answered.
pub(in crate::registry) const CONTENT_DIGEST: &str = "docker-content-digest";

/// The answer to a request; its body is still to be read.
#[derive(Debug)]
pub(in crate::registry) struct Reply {
    response: reqwest::Response,
    runtime: Arc<Runtime>,
    subject: Reference,
}

impl Reply {
    /// Joins an answer with what is needed to read its body.
    pub(in crate::registry) fn new(
        response: reqwest::Response,
        runtime: &Arc<Runtime>,
        subject: &Reference,
    ) -> Self {
        Self {
            response,
            runtime: Arc::clone(runtime),
            subject: subject.clone(),
        }
    }

    pub(in crate::registry) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(in crate::registry) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    pub(in crate::registry) fn url(&self) -> &Url {
        self.response.url()
    }

    /// A header as text.
    pub(in crate::registry) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// Length of the body in bytes, where it is announced.
    pub(in crate::registry) fn length(&self) -> Option<u64> {
        self.header(CONTENT_LENGTH.as_str())?.parse().ok()
    }

    /// Where the registry says that something is.
    pub(in crate::registry) fn location(&self) -> Result<Url, Error> {
        let location = self.headers().get(LOCATION).ok_or_else(|| {
            invalid(
                &self.subject,
                format!("the answer of {} lacks the header Location", self.url()),
            )
        })?;
        join(&self.subject, self.url(), location)
    }

    /// The next piece of the body; none at its end.
    pub(in crate::registry) fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let url = self.url().clone();
        let idle = self.runtime.idle;
        let chunk = self.response.chunk();
        self.runtime.wait(&self.subject, &url, idle, chunk)
    }

    /// The whole body, refused when it is longer than `limit` bytes.
    pub(in crate::registry) fn bytes(mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk()? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > limit {
                let why = format!("{} answers more than {limit} bytes", self.url());
                return Err(invalid(&self.subject, why));
            }
        }
        Ok(bytes)
    }
}
