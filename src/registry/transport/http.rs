//! HTTP: one request, its redirects, the head of its answer.
//!
//! This module uses reqwest, not oci-client: that one hides the headers of failed answers
//! (`Retry-After`), asks for tokens of one scope only (a mount needs two), cannot use identity
//! tokens, and reads answers of any size into memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::address::{is_listed, is_loopback, join, plain};
use super::connection::Clients;
use super::reply::Reply;
use super::runtime::Runtime;
use crate::registry::error::invalid;
use crate::registry::{Error, Reference, Settings};

/// Longest chain of redirects that is followed.
const MAX_REDIRECTS: usize = 5;

/// One request; it may be sent again.
#[derive(Clone, Debug)]
pub(in crate::registry) struct Request {
    pub(in crate::registry) method: Method,
    pub(in crate::registry) url: Url,
    pub(in crate::registry) headers: HeaderMap,
    pub(in crate::registry) body: Bytes,
}

impl Request {
    /// A request without headers and body.
    pub(in crate::registry) fn new(method: Method, url: Url) -> Self {
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
pub(in crate::registry) struct Transport {
    pub(in crate::registry) settings: Settings,
    pub(in crate::registry) runtime: Arc<Runtime>,
    clients: Clients,
    schemes: Mutex<BTreeMap<String, &'static str>>,
}

impl Transport {
    /// Makes nothing yet.
    pub(in crate::registry) fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            runtime: Arc::new(Runtime::new(settings.idle)),
            settings,
            clients: Clients::default(),
            schemes: Mutex::default(),
        })
    }

    /// The address of a registry: HTTPS, or plain HTTP if it is listed or on this machine.
    ///
    /// On this machine both occur, so the registry is asked once which one it speaks.
    pub(in crate::registry) fn base(&self, reference: &Reference) -> Result<Url, Error> {
        let host = reference.host();
        let parse = |scheme: &str| {
            Url::parse(&format!("{scheme}://{host}/v2/"))
                .map_err(|error| invalid(reference, format!("{host} is not a host name: {error}")))
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
    /// `authorization` never leaves the host that it is for, nor do headers that are secret.
    pub(in crate::registry) fn send(
        &self,
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
                return Ok(Reply::new(response, &self.runtime, subject));
            };
            let next = join(subject, &current.url, location)?;
            if next.origin() != current.url.origin() {
                authorization = None;
                current.headers = without_secrets(&current.headers);
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
        self.runtime
            .wait(subject, &request.url, self.settings.idle, sending)
    }

    /// A request with everything but its body.
    pub(in crate::registry) fn prepare(
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
}

/// The headers that anybody may see.
fn without_secrets(headers: &HeaderMap) -> HeaderMap {
    let public = headers.iter().filter(|(_, value)| !value.is_sensitive());
    public
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
