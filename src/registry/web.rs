//! Documents of web servers, read and written by the same client as registries.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use super::retry::retry;
use super::transport::{Request, authority, refusal};
use super::{Error, Reference, Registry, Settings};

/// Whether an address is of the same server as another one: the same host, and the same scheme and port or
/// `https`, which nobody on the way reads.
#[must_use]
pub fn is_same_server(own: &str, address: &str) -> bool {
    let (Ok(own), Ok(address)) = (Url::parse(own), Url::parse(address)) else {
        return false;
    };
    let is_web = ["http", "https"].contains(&own.scheme());
    let is_own = own.scheme() == address.scheme()
        && own.port_or_known_default() == address.port_or_known_default();
    is_web && own.host() == address.host() && (is_own || address.scheme() == "https")
}

/// What can be read from, or posted to, an address of a web server.
#[derive(Debug)]
pub struct Page {
    registry: Registry,
    subject: Reference,
    url: Url,
    headers: HeaderMap,
}

impl Page {
    /// A page at an address, `http://` or `https://`; plain HTTP is spoken where the address says so.
    pub fn at(mut settings: Settings, address: &str) -> Result<Self, Error> {
        let wrong = |why: &'static str| Error::Address {
            address: address.to_owned(),
            why,
        };
        let url = Url::parse(address).map_err(|_| wrong("it cannot be read"))?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(wrong("it does not begin with http:// or https://"));
        }
        let host = authority(&url);
        if url.scheme() == "http" {
            settings.insecure.insert(host.clone());
        }
        Ok(Self {
            subject: Reference::of_page(host, url.path()),
            registry: Registry::new(settings),
            url,
            headers: HeaderMap::new(),
        })
    }

    /// The page, asked for with one more header, which is not shown.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Result<Self, Error> {
        let mut value = HeaderValue::from_str(value).map_err(|_| Error::Address {
            address: self.url.to_string(),
            why: "what it is to be asked with has characters that no header has",
        })?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// What is there, refused when it is longer than `limit` bytes.
    pub fn get(&self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut request = Request::new(Method::GET, self.url.clone());
        request.headers.extend(self.headers.clone());
        self.ask(&request, limit)
    }

    /// Posts a JSON document.
    pub fn post(&self, json: Vec<u8>) -> Result<(), Error> {
        let mut request = Request::new(Method::POST, self.url.clone());
        request.headers.extend(self.headers.clone());
        let kind = HeaderValue::from_static("application/json");
        request.headers.insert(CONTENT_TYPE, kind);
        request.body = Bytes::from(json);
        self.ask(&request, MAX_ANSWER).map(drop)
    }

    fn ask(&self, request: &Request, limit: u64) -> Result<Vec<u8>, Error> {
        let transport = &self.registry.shared.transport;
        retry(&transport.settings, || {
            let reply = transport.send(&self.subject, request, None)?;
            match reply.status().is_success() {
                true => reply.bytes(limit),
                false => Err(refusal(&self.subject, reply, "the page", "no credentials")),
            }
        })
    }
}

/// Most of an answer to a post that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 10;
