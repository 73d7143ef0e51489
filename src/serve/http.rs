//! HTTP: requests become questions, answers become responses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use tower_http::services::ServeFile;

use super::admin::{AdminListener, AdminToken, Random};
use super::answer::{Answer, Request, Server};
use super::connections::{self, Peer, Places};
use super::datagrams;
use super::dhcp::{self, DhcpProxy};
use super::error::Error;
use super::files::place;
use super::images::{self, Asked, ImageCache};
use super::requested::decoded;
use super::tls::Certificate;
use crate::kickstart::HTTP;

/// Largest report, in bytes.
const MAX_BODY: usize = 1 << 20;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The clock: seconds since 1970.
type Clock = fn() -> u64;

/// What every request sees.
#[derive(Clone)]
struct Shared {
    server: Arc<Server>,
    files: Option<Arc<PathBuf>>,
    images: Option<ImageCache>,
    clock: Clock,
}

/// A server that listens.
#[derive(Debug)]
pub struct Listening {
    runtime: tokio::runtime::Runtime,
    listener: tokio::net::TcpListener,
    datagrams: Option<tokio::net::UdpSocket>,
    admin: Option<AdminListener>,
    images: Option<ImageCache>,
    dhcp: Option<dhcp::Sockets>,
    encrypted: Option<(tokio::net::TcpListener, Arc<Certificate>)>,
    address: SocketAddr,
}

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// For HTTP.
    pub http: SocketAddr,
    /// For HTTPS, with a certificate.
    pub tls: Option<(SocketAddr, Arc<Certificate>)>,
    /// For TFTP.
    pub tftp: Option<SocketAddr>,
    /// For DHCP in proxy mode.
    pub dhcp: Option<DhcpProxy>,
}

/// Begins to listen; nothing is answered before [`Listening::run`].
///
/// # Errors
/// An address is taken, or not one of this machine.
pub fn listen(places: &Listen) -> Result<Listening, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("serve")
        .build()
        .map_err(Error::io("starting the server"))?;
    let bind = |address| {
        let bound = runtime.block_on(tokio::net::TcpListener::bind(address));
        bound.map_err(Error::io(format!("listening at {address}")))
    };
    let listener = bind(places.http)?;
    let doing = format!("listening at {}", places.http);
    let address = listener.local_addr().map_err(Error::io(doing))?;
    let encrypted = match &places.tls {
        Some((place, certificate)) => Some((bind(*place)?, certificate.clone())),
        None => None,
    };
    let datagrams = match places.tftp {
        Some(tftp) => {
            let doing = format!("listening for TFTP at {tftp}");
            let bound = runtime.block_on(tokio::net::UdpSocket::bind(tftp));
            Some(bound.map_err(Error::io(doing))?)
        }
        None => None,
    };
    let dhcp = {
        let _within = runtime.enter();
        places.dhcp.as_ref().map(dhcp::bind).transpose()?
    };
    Ok(Listening {
        runtime,
        listener,
        datagrams,
        admin: None,
        images: None,
        dhcp,
        encrypted,
        address,
    })
}

impl Listening {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for HTTPS.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.encrypted.as_ref()?.0.local_addr().ok()
    }

    /// Where it listens for TFTP.
    #[must_use]
    pub fn tftp_address(&self) -> Option<SocketAddr> {
        self.datagrams.as_ref()?.local_addr().ok()
    }

    /// Begins to listen for administrators, who have a token; gives the address.
    ///
    /// # Errors
    /// The address is taken, or not one of this machine.
    pub fn administer(
        &mut self,
        address: SocketAddr,
        (token, random): (AdminToken, Random),
    ) -> Result<SocketAddr, Error> {
        let binding = AdminListener::bind(address, token, random);
        let admin = self.runtime.block_on(binding)?;
        let address = admin.address();
        self.admin = Some(admin);
        Ok(address)
    }

    /// Also answers as a registry of the site's images, from a cache.
    #[must_use]
    pub fn with_images(self, images: Option<ImageCache>) -> Self {
        Self { images, ..self }
    }

    /// Whether relays can reach its DHCP: another DHCP server may have their port.
    #[must_use]
    pub fn has_relays(&self) -> bool {
        self.dhcp.as_ref().is_some_and(dhcp::Sockets::has_relays)
    }

    /// Answers until somebody wants an end. `files` is a rendered site with kernels and
    /// loaders.
    pub fn run(
        self,
        server: Arc<Server>,
        files: Option<PathBuf>,
        (clock, stop): (Clock, Box<dyn Fn() -> bool + Send>),
    ) {
        let files = files.map(Arc::new);
        let by_tftp = datagrams::Shared {
            server: server.clone(),
            files: files.clone(),
            clock,
        };
        if let Some(admin) = self.admin {
            self.runtime.spawn(admin.serve(server.clone(), clock));
        }
        let by_dhcp = dhcp::Shared {
            server: server.clone(),
            clock,
        };
        let shared = Shared {
            server,
            files,
            images: self.images,
            clock,
        };
        let ended = async move {
            while !stop() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        let Self {
            runtime,
            listener,
            datagrams,
            dhcp,
            encrypted,
            ..
        } = self;
        if let Some(socket) = datagrams {
            runtime.spawn(datagrams::serve(socket, Arc::new(by_tftp)));
        }
        if let Some(sockets) = dhcp {
            runtime.spawn(dhcp::serve(sockets, by_dhcp));
        }
        let places = Places::new();
        let answer = move |request, peer| respond(shared.clone(), peer, request);
        if let Some((listener, certificate)) = encrypted {
            let places = (places.clone(), answer.clone());
            runtime.spawn(connections::serve(listener, Some(certificate), places));
        }
        runtime.spawn(connections::serve(listener, None, (places, answer)));
        runtime.block_on(ended);
        runtime.shutdown_timeout(Duration::from_secs(5));
    }
}

async fn respond(shared: Shared, peer: Peer, request: axum::extract::Request) -> Response<Body> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && request.method() != Method::POST {
        return said(StatusCode::METHOD_NOT_ALLOWED, "only GET, HEAD and POST");
    }
    let Some(path) = decoded(request.uri().path()) else {
        return said(StatusCode::BAD_REQUEST, "the path is not a plain one");
    };
    let below = path.strip_prefix("v2").filter(|_| is_read);
    let below = below.filter(|below| below.is_empty() || below.starts_with('/'));
    if let (Some(images), Some(below)) = (&shared.images, below) {
        let asked = Asked {
            path: below.trim_start_matches('/'),
            address: &peer.address.ip().to_canonical().to_string(),
            headers: request.headers(),
            now: (shared.clock)(),
        };
        return images::answer(&shared.server, images, &asked).await;
    }
    let (parts, body) = request.into_parts();
    let body = match is_read {
        true => Vec::new(),
        false => match tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, MAX_BODY)).await {
            Ok(Ok(bytes)) => bytes.to_vec(),
            Ok(Err(_)) => return said(StatusCode::PAYLOAD_TOO_LARGE, "the report is too large"),
            Err(_) => return said(StatusCode::REQUEST_TIMEOUT, "the report did not come"),
        },
    };
    let question = Request {
        posts: !is_read,
        path,
        address: peer.address.ip().to_canonical().to_string(),
        is_encrypted: peer.is_encrypted,
        is_tftp: false,
        token: text_of(&parts.headers, "x-terroir-token"),
        macs: macs(&parts.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let (server, clock) = (shared.server.clone(), shared.clock);
    let asked = tokio::task::spawn_blocking(move || server.answer(&question, clock()));
    match asked.await {
        Ok(Ok(Answer::File(path))) => {
            let again = axum::extract::Request::from_parts(parts, Body::empty());
            file(shared.files.as_deref(), path.as_ref(), again).await
        }
        Ok(Ok(answer)) => plain(answer),
        Ok(Err(_)) | Err(_) => said(
            StatusCode::SERVICE_UNAVAILABLE,
            "the server cannot tell now",
        ),
    }
}

/// A file of a rendered site that others put there, or a part of it.
async fn file(
    folder: Option<&PathBuf>,
    path: &Path,
    request: axum::extract::Request,
) -> Response<Body> {
    let absent = || said(StatusCode::NOT_FOUND, "there is no such file");
    let Some(folder) = folder else {
        return absent();
    };
    let Some(place) = place(&folder.join(HTTP), path) else {
        return absent();
    };
    match ServeFile::new(place).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => absent(),
    }
}

fn plain(answer: Answer) -> Response<Body> {
    match answer {
        Answer::Text(text) | Answer::Secret(text) => said(StatusCode::OK, &text),
        Answer::Taken => said(StatusCode::OK, ""),
        Answer::No(status, why) => said(
            StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN),
            &format!("{why}\n"),
        ),
        Answer::File(_) => said(StatusCode::NOT_FOUND, ""),
    }
}

fn said(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let value = header::HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, value("text/plain; charset=utf-8"));
    // What a host may do changes from one moment to the next.
    headers.insert(header::CACHE_CONTROL, value("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, value("nosniff"));
    response
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= 256).then(|| value.to_owned())
}

/// The hardware addresses that Anaconda sends, one for each interface (`eth0 52:54:00:00:00:01`).
fn macs(headers: &HeaderMap) -> Vec<String> {
    let sent = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-rhn-provisioning-mac-"));
    let mac = |value: &header::HeaderValue| {
        let text = value.to_str().ok()?;
        let mac: crate::kickstart::Mac = text.split_whitespace().next_back()?.parse().ok()?;
        Some(mac.to_string())
    };
    sent.filter_map(|(_, value)| mac(value)).take(64).collect()
}
