//! The socket of the administration, and the stream that tells its pages that something happened.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use futures_util::stream::unfold;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, timeout};

use super::call::{Call, Reply};
use super::desk::Administration;
use super::keys::COOKIE;
use super::token::{AdminToken, Random};
use crate::serve::answer::Server;
use crate::serve::connections::{self, Peer, Places};
use crate::serve::error::Error;
use crate::serve::requested::decoded;

/// Largest form, in bytes.
const MAX_BODY: usize = 16 << 10;
/// How long a form may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most pages that are told of news at once.
const WATCHERS: usize = 100;
/// How often the log is looked at while somebody watches.
const LOOK: Duration = Duration::from_secs(1);
/// How often a stream says that it is there.
const BEAT: Duration = Duration::from_secs(15);
/// How long a stream lasts; a browser asks again by itself.
const LASTS: Duration = Duration::from_secs(3600);
/// Headers of every answer: a page has nothing from elsewhere, runs one script, and is in no frame.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// The socket, before anything is answered.
#[derive(Debug)]
pub(in crate::serve) struct AdminListener {
    listener: TcpListener,
    address: SocketAddr,
    token: AdminToken,
    random: Random,
}

/// What every request sees.
#[derive(Clone)]
struct Shared {
    administration: Arc<Administration>,
    clock: fn() -> u64,
    news: watch::Sender<i64>,
    places: Arc<Semaphore>,
}

impl AdminListener {
    /// Begins to listen.
    pub(in crate::serve) async fn bind(
        address: SocketAddr,
        token: AdminToken,
        random: Random,
    ) -> Result<Self, Error> {
        let doing = format!("listening for administrators at {address}");
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(Error::io(doing.clone()))?;
        let address = listener.local_addr().map_err(Error::io(doing))?;
        Ok(Self {
            listener,
            address,
            token,
            random,
        })
    }

    pub(in crate::serve) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers for ever.
    pub(in crate::serve) async fn serve(self, server: Arc<Server>, clock: fn() -> u64) {
        let administration = Administration::new(server, self.token, self.random);
        let shared = Shared {
            administration: Arc::new(administration),
            clock,
            news: watch::channel(0).0,
            places: Arc::new(Semaphore::new(WATCHERS)),
        };
        tokio::spawn(look(shared.clone()));
        let answer = move |request, peer: Peer| respond(shared.clone(), peer.address, request);
        connections::serve(self.listener, None, (Places::new(), answer)).await;
    }
}

/// Notes the last number of the log while somebody watches.
async fn look(shared: Shared) {
    loop {
        sleep(LOOK).await;
        if shared.news.receiver_count() == 0 {
            continue;
        }
        take_news(&shared).await;
    }
}

/// Notes the last number of the log.
async fn take_news(shared: &Shared) {
    let administration = shared.administration.clone();
    let last = tokio::task::spawn_blocking(move || administration.server.ledger().last());
    if let Ok(Ok(last)) = last.await {
        shared.news.send_if_modified(|known| {
            let is_new = *known != last;
            *known = last;
            is_new
        });
    }
}

async fn respond(
    shared: Shared,
    address: SocketAddr,
    request: axum::extract::Request,
) -> Response<Body> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && request.method() != Method::POST {
        return said(Reply::text(405, "only GET, HEAD and POST"));
    }
    let (parts, body) = request.into_parts();
    let body = match is_read {
        true => Bytes::new(),
        false => match timeout(PATIENCE, axum::body::to_bytes(body, MAX_BODY)).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) => return said(Reply::text(413, "the form is too large")),
            Err(_) => return said(Reply::text(408, "the form did not come")),
        },
    };
    let Some(path) = decoded(parts.uri.path()) else {
        return said(Reply::text(400, "the path is not a plain one"));
    };
    let call = Call {
        posts: !is_read,
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        address: address.ip().to_canonical().to_string(),
        bearer: bearer(&parts.headers),
        cookie: cookie(&parts.headers),
        is_foreign: is_foreign(&parts.headers),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if is_read && call.path == "events" {
        return events(&shared, &call).await;
    }
    let (administration, clock) = (shared.administration.clone(), shared.clock);
    let answered = tokio::task::spawn_blocking(move || administration.answer(&call, clock()));
    said(
        answered
            .await
            .unwrap_or_else(|_| Reply::no(503, "the server cannot tell now")),
    )
}

/// A stream of numbers of the log, as a browser's `EventSource` reads it; it begins with the last one.
async fn events(shared: &Shared, call: &Call) -> Response<Body> {
    if shared
        .administration
        .session(call, (shared.clock)())
        .is_none()
    {
        return said(Reply::text(401, "sign in first: open /login"));
    }
    let Ok(place) = shared.places.clone().try_acquire_owned() else {
        return said(Reply::text(503, "too many pages are updated already"));
    };
    take_news(shared).await;
    let mut news = shared.news.subscribe();
    let last = *news.borrow_and_update();
    let watching = Watching {
        news,
        ends: Instant::now() + LASTS,
        first: Some(format!("retry: 5000\ndata: {last}\n\n")),
        _place: place,
    };
    let stream = unfold(watching, |mut watching| async move {
        let frame = watching.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(frame)), watching))
    });
    let mut response = said(Reply::of(200, "text/event-stream", String::new()));
    *response.body_mut() = Body::from_stream(stream);
    response
}

/// A page that is told of news.
struct Watching {
    news: watch::Receiver<i64>,
    ends: Instant,
    first: Option<String>,
    _place: OwnedSemaphorePermit,
}

impl Watching {
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if Instant::now() >= self.ends {
            return None;
        }
        match timeout(BEAT, self.news.changed()).await {
            Ok(Ok(())) => Some(format!("data: {}\n\n", *self.news.borrow_and_update())),
            Ok(Err(_)) => None,
            Err(_) => Some(": \n\n".to_owned()),
        }
    }
}

fn said(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.kind));
    let own = [
        (header::LOCATION, reply.location),
        (header::SET_COOKIE, reply.cookie),
    ];
    for (name, value) in own {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    if reply.status == 401 {
        let value = HeaderValue::from_static("Bearer realm=\"terroir\"");
        headers.insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = text_of(headers, header::AUTHORIZATION)?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    let mut own = pairs.filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
    own.next().map(str::to_owned)
}

/// Whether a browser says that a page of somewhere else sends this. What is no browser says nothing.
fn is_foreign(headers: &HeaderMap) -> bool {
    let site = text_of(headers, HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    let host = text_of(headers, header::HOST).unwrap_or_default();
    headers.get(header::ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().unwrap_or_default();
        let place = origin.split_once("://").map(|(_, place)| place);
        place != Some(host)
    })
}
