//! HTTP clients: which addresses may be used, through which proxy, trusting which authorities.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Certificate, Client, NoProxy, Proxy, Url};

use super::address::{authority, is_listed, is_loopback, plain};
use super::fault::{deepest, explain};
use crate::registry::error::invalid;
use crate::registry::{Error, Reference, Settings};

/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// The clients made so far: one for plain HTTP, and one for each host with TLS.
#[derive(Debug, Default)]
pub(in crate::registry) struct Clients {
    made: Mutex<BTreeMap<String, Client>>,
}

impl Clients {
    /// The client for an address, with the proxy and the authorities that belong to it.
    pub(in crate::registry) fn for_address(
        &self,
        settings: &Settings,
        subject: &Reference,
        url: &Url,
    ) -> Result<Client, Error> {
        let (host, local) = (authority(url), is_loopback(url));
        let encrypted = url.scheme() == "https";
        if !encrypted && !local && !is_listed(settings, url) {
            return Err(plain(subject, url));
        }
        let key = match (encrypted, local) {
            (true, _) => host.as_str(),
            (false, true) => "http://loopback",
            (false, false) => "http://",
        };
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(key) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .user_agent(concat!("terroir/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .no_proxy();
        // What is on this machine cannot be reached through another one.
        if !local {
            for proxy in proxies(settings, subject)? {
                builder = builder.proxy(proxy);
            }
        }
        builder = if encrypted {
            builder.tls_certs_merge(authorities(settings, &host)?)
        } else {
            // Without TLS the system's authorities need not be read from disk.
            builder.tls_certs_only([])
        };
        let client = builder
            .build()
            .map_err(|error| explain(subject, url, &error))?;
        made.insert(key.to_owned(), client.clone());
        Ok(client)
    }
}

fn proxies(settings: &Settings, subject: &Reference) -> Result<Vec<Proxy>, Error> {
    let except = settings.no_proxy.as_deref().and_then(NoProxy::from_string);
    let http = settings.http_proxy.as_ref().map(Proxy::http);
    let https = settings.https_proxy.as_ref().map(Proxy::https);
    [http, https]
        .into_iter()
        .flatten()
        .map(|proxy| match proxy {
            Ok(proxy) => Ok(proxy.no_proxy(except.clone())),
            Err(error) => Err(invalid(
                subject,
                format!("the proxy is not an address: {error}"),
            )),
        })
        .collect()
}

/// The authorities of the settings and those of `certs.d/HOST/*.crt`.
fn authorities(settings: &Settings, host: &str) -> Result<Vec<Certificate>, Error> {
    let mut files = settings.authorities.clone();
    for directory in &settings.certificate_directories {
        let entries = std::fs::read_dir(directory.join(host))
            .into_iter()
            .flatten();
        let mut found: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "crt"))
            .collect();
        found.sort();
        files.append(&mut found);
    }
    let mut certificates = Vec::new();
    for file in files {
        let unusable = |why: String| Error::File {
            file: file.clone(),
            why,
        };
        let pem = std::fs::read(&file).map_err(|error| unusable(error.to_string()))?;
        let mut bundle = Certificate::from_pem_bundle(&pem)
            .map_err(|error| unusable(deepest(&error).to_string()))?;
        if bundle.is_empty() {
            return Err(unusable("there is no PEM certificate in it".into()));
        }
        certificates.append(&mut bundle);
    }
    Ok(certificates)
}
