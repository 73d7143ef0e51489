//! HTTP: one request, its redirects, the head of its answer.
//!
//! The room stands on reqwest, not on oci-client: that one hides the headers of failed answers
//! (`Retry-After`), asks for tokens of one scope only (a mount needs two), cannot use identity
//! tokens, and reads answers of any size into memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use super::connection::{Clients, is_listed, is_loopback, plain};
use super::fault::explain;
use super::reply::Reply;
use super::{Error, Reference, Settings};

/// Longest chain of redirects that is followed.
const MAX_REDIRECTS: usize = 5;

/// One request; it may be sent again.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Request {
    /// A request without headers and body.
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }
}

/// Sends requests.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) settings: Settings,
    runtime: OnceLock<Result<Runtime, String>>,
    clients: Clients,
    schemes: Mutex<BTreeMap<String, &'static str>>,
}

impl Transport {
    /// Makes nothing yet.
    pub(super) fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            runtime: OnceLock::new(),
            clients: Clients::default(),
            schemes: Mutex::default(),
        })
    }

    /// The runtime that moves bytes; two threads, made at the first request.
    pub(super) fn runtime(&self) -> Result<&Runtime, Error> {
        let make = || {
            tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("registry")
                .enable_all()
                .build()
                .map_err(|error| error.to_string())
        };
        let runtime = self.runtime.get_or_init(make).as_ref();
        runtime.map_err(|why| Error::System(why.clone()))
    }

    /// The address of a registry: HTTPS, or plain HTTP if it is listed or on this machine.
    ///
    /// On this machine both occur, so the registry is asked once which one it speaks.
    pub(super) fn base(&self, reference: &Reference) -> Result<Url, Error> {
        let host = reference.host();
        let parse = |scheme: &str| {
            Url::parse(&format!("{scheme}://{host}/v2/"))
                .map_err(|error| invalid(reference, format!("{host} is no host name: {error}")))
        };
        let secure = parse("https")?;
        let open = parse("http")?;
        if is_listed(&self.settings, &open) {
            return Ok(open);
        }
        if !is_loopback(&open) {
            return Ok(secure);
        }
        let mut schemes = self.schemes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scheme) = schemes.get(host) {
            return parse(scheme);
        }
        let asked = self.exchange(reference, &Request::new(Method::GET, open.clone()), None);
        let url = match asked {
            // What servers that expect TLS answer to plain HTTP.
            Ok(reply) if reply.status() == StatusCode::BAD_REQUEST => secure,
            Ok(_) => open,
            Err(Error::Interrupted { .. }) => secure,
            Err(error) => return Err(error),
        };
        let scheme = if url.scheme() == "http" {
            "http"
        } else {
            "https"
        };
        schemes.insert(host.to_owned(), scheme);
        Ok(url)
    }

    /// Sends a request, follows redirects of reads, and gives whatever is answered.
    ///
    /// `authorization` never leaves the host that it is for.
    pub(super) fn send(
        self: &Arc<Self>,
        subject: &Reference,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<Reply, Error> {
        let mut current = request.clone();
        let mut authorization = authorization;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.exchange(subject, &current, authorization)?;
            let reads = matches!(current.method, Method::GET | Method::HEAD);
            let location = response.headers().get(LOCATION);
            let Some(location) = location.filter(|_| response.status().is_redirection() && reads)
            else {
                return Ok(Reply::new(response, self, subject));
            };
            let next = join(subject, &current.url, location)?;
            if next.origin() != current.url.origin() {
                authorization = None;
            }
            if current.url.scheme() == "https" && next.scheme() != "https" {
                return Err(plain(subject, &next));
            }
            current.url = next;
        }
        Err(invalid(
            subject,
            format!(
                "{} is redirected more than {MAX_REDIRECTS} times",
                request.url
            ),
        ))
    }

    /// Sends one request and waits for the head of its answer.
    fn exchange(
        &self,
        subject: &Reference,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<reqwest::Response, Error> {
        let sending = self
            .prepare(subject, request, authorization)?
            .body(request.body.clone())
            .send();
        self.wait(subject, &request.url, self.settings.idle, sending)
    }

    /// A request with everything but its body.
    pub(super) fn prepare(
        &self,
        subject: &Reference,
        request: &Request,
        authorization: Option<&HeaderValue>,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let mut headers = request.headers.clone();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.clone());
        }
        Ok(self
            .clients
            .for_address(&self.settings, subject, &request.url)?
            .request(request.method.clone(), request.url.clone())
            .headers(headers))
    }

    /// Runs something that uses the network, within a time limit.
    pub(super) fn wait<T>(
        &self,
        subject: &Reference,
        url: &Url,
        limit: Duration,
        work: impl Future<Output = Result<T, reqwest::Error>>,
    ) -> Result<T, Error> {
        let done = self
            .runtime()?
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

pub(super) fn invalid(subject: &Reference, why: impl Into<String>) -> Error {
    Error::Invalid {
        reference: subject.to_string(),
        why: why.into(),
    }
}

pub(super) fn join(subject: &Reference, base: &Url, location: &HeaderValue) -> Result<Url, Error> {
    let text = String::from_utf8_lossy(location.as_bytes());
    base.join(&text).map_err(|error| {
        invalid(
            subject,
            format!("the Location {text:?} is no address: {error}"),
        )
    })
}

/// Host and port as references write them.
pub(super) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
