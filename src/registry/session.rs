//! A session with one repository: addresses, proof of who asks, what its answers mean.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{DATE, HeaderValue, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde::Deserialize;

use super::client::Shared;
use super::reply::Reply;
use super::retry::retry;
use super::transport::{Request, authority, invalid};
use super::{Error, Reference};

/// Most of an error's text that is read, in bytes.
const MAX_ERROR: u64 = 64 << 10;

/// Most of an error's text that is shown, in characters.
const MAX_SHOWN: usize = 300;

/// What a token has to allow; the first scope is the one that cannot be done without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scopes(Vec<String>);

impl Scopes {
    /// Reading from a repository.
    pub(super) fn pull(from: &Reference) -> Self {
        Self(vec![format!("repository:{}:pull", from.repository())])
    }

    /// Writing to a repository, and reading from those of which blobs may be mounted.
    pub(super) fn push<'a>(
        to: &Reference,
        mounts: impl IntoIterator<Item = &'a Reference>,
    ) -> Self {
        let mut scopes = vec![format!("repository:{}:pull,push", to.repository())];
        for mount in mounts {
            scopes.extend(Self::pull(mount).0);
        }
        Self(scopes)
    }

    pub(super) fn all(&self) -> &[String] {
        &self.0
    }

    pub(super) fn first(&self) -> &[String] {
        self.0.get(..1).unwrap_or_default()
    }
}

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

/// The error that an answer means.
pub(super) fn refusal(subject: &Reference, reply: Reply, what: &str, tried: &str) -> Error {
    let reference = subject.to_string();
    let status = reply.status();
    let wait = wait(&reply);
    let said = said(reply);
    match status.as_u16() {
        401 | 403 => Error::Unauthorized {
            reference,
            tried: tried.to_owned(),
            said,
        },
        404 => Error::NotFound {
            reference,
            what: what.to_owned(),
        },
        429 => Error::TooManyRequests { reference, wait },
        408 | 500..=599 => Error::Unavailable {
            reference,
            status: status.as_u16(),
            wait,
            said,
        },
        code => invalid(
            subject,
            format!("the registry refuses {what} with status {code}: {said}"),
        ),
    }
}

/// How long the registry wants to be left alone (RFC 9110 §10.2.3), in seconds or as a date.
fn wait(reply: &Reply) -> Option<Duration> {
    let text = reply.header(RETRY_AFTER.as_str())?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    // The registry's own clock counts, so that ours need not be right.
    let date = |text| jiff::fmt::rfc2822::parse(text).ok();
    let now = date(reply.header(DATE.as_str())?)?;
    date(text)?.duration_since(&now).try_into().ok()
}

/// The errors that a registry states (distribution-spec, Error Codes).
#[derive(Deserialize)]
struct Stated {
    errors: Vec<StatedError>,
}

#[derive(Deserialize)]
struct StatedError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// What the registry said, short enough to be shown; nothing of a page for browsers.
fn said(reply: Reply) -> String {
    let is_page = reply
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let Ok(bytes) = reply.bytes(MAX_ERROR) else {
        return String::new();
    };
    let text = match serde_json::from_slice::<Stated>(&bytes) {
        Ok(stated) => stated
            .errors
            .iter()
            .map(|error| {
                format!("{} {}", error.code, error.message)
                    .trim()
                    .to_owned()
            })
            .collect::<Vec<_>>()
            .join(", "),
        Err(_) if is_page => String::new(),
        Err(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
    };
    text.chars()
        .map(|one| if one.is_control() { ' ' } else { one })
        .take(MAX_SHOWN)
        .collect()
}
