//! A session with one repository: addresses, proof of who asks, what its answers mean.

use std::sync::Arc;

use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};

use super::auth::Scopes;
use super::client::Shared;
use super::retry::retry;
use super::transport::Reply;
use super::transport::Request;
use super::transport::authority;
use super::transport::refusal;
use super::{Error, Reference};

/// A repository that is being read or written.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) subject: Reference,
    base: Url,
    scopes: Scopes,
}

impl Session {
    /// Finds out where the registry is; nothing is sent to one that is not on this machine.
    pub(super) fn new(
        shared: &Arc<Shared>,
        subject: &Reference,
        scopes: Scopes,
    ) -> Result<Self, Error> {
        Ok(Self {
            shared: Arc::clone(shared),
            subject: subject.clone(),
            base: shared.transport.base(subject)?,
            scopes,
        })
    }

    /// The address of something in the repository.
    pub(super) fn url(&self, path: &str) -> Url {
        self.base
            .join(&format!("{}/{path}", self.subject.repository()))
            .expect("a repository's name is a valid path")
    }

    /// Sends a request until it gives one of the statuses in `accepts`, or an error to believe.
    pub(super) fn call(&self, request: &Request, accepts: &[u16]) -> Result<Reply, Error> {
        self.call_read(request, accepts, &|error| error)
    }

    /// The same; what an error means is told by who knows what was sent.
    pub(super) fn call_read(
        &self,
        request: &Request,
        accepts: &[u16],
        read: &dyn Fn(Error) -> Error,
    ) -> Result<Reply, Error> {
        retry(&self.shared.transport.settings, || {
            let header = self.header(&request.url)?;
            let reply = self.send(request, header.as_ref())?;
            let reply = match self.renew(&reply, header.as_ref())? {
                Some(header) => self.send(request, Some(&header))?,
                None => reply,
            };
            self.expect(reply, accepts).map_err(read)
        })
    }

    fn send(&self, request: &Request, header: Option<&HeaderValue>) -> Result<Reply, Error> {
        let transport = &self.shared.transport;
        transport.send(&self.subject, request, header)
    }

    /// The proof for a request; only ever for the registry's own address.
    pub(super) fn header(&self, url: &Url) -> Result<Option<HeaderValue>, Error> {
        if url.origin() != self.base.origin() {
            return Ok(None);
        }
        let shared = &self.shared;
        shared
            .tokens
            .header(&shared.transport, &self.subject, &self.scopes)
    }

    /// Another proof, if the registry itself refused the one that was `used`.
    pub(super) fn renew(
        &self,
        reply: &Reply,
        used: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, Error> {
        if reply.status() != StatusCode::UNAUTHORIZED || reply.url().origin() != self.base.origin()
        {
            return Ok(None);
        }
        let shared = &self.shared;
        let whom = (&self.subject, &self.scopes);
        shared
            .tokens
            .renew(&shared.transport, whom, used, reply.headers())
    }

    /// Gives the answer if its status is one of those, else the error that it means.
    pub(super) fn expect(&self, reply: Reply, accepts: &[u16]) -> Result<Reply, Error> {
        if accepts.contains(&reply.status().as_u16()) {
            return Ok(reply);
        }
        let tried = match reply.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let shared = &self.shared;
                shared.tokens.describe(&shared.transport, &self.subject)
            }
            _ => String::new(),
        };
        let what = what(reply.url());
        Err(refusal(&self.subject, reply, &what, &tried))
    }
}

/// What an address is the address of, in words.
fn what(url: &Url) -> String {
    let mut parts = url.path().rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(name), Some("manifests")) => format!("the manifest {name}"),
        (Some(name), Some("blobs")) => format!("blob {name}"),
        (Some("list"), Some("tags")) => "the repository".to_owned(),
        _ => authority(url) + url.path(),
    }
}
