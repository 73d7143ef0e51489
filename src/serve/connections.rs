//! Connections: how many there are, how long a client may be silent, and TLS where it is spoken.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use super::tls::Certificate;

/// Most connections at once, of which one address may have half.
const MOST: u64 = 4096;
/// Files and sockets that are left for everything else.
const OTHERS: u64 = 1024;
/// How long the beginning of TLS, and the head of a request, may take.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what is sent to it.
const UNREAD: Duration = Duration::from_secs(120);

/// Who asks, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// From where.
    pub(super) address: SocketAddr,
    /// Whether by TLS.
    pub(super) is_encrypted: bool,
}

/// Places for connections, which the listeners share.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    each: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    most_of_one: usize,
}

impl Places {
    /// As many as this process may have.
    pub(super) fn new() -> Self {
        let most = files().saturating_sub(OTHERS).clamp(64, MOST);
        let most = usize::try_from(most).unwrap_or(64);
        Self {
            all: Arc::new(Semaphore::new(most)),
            each: Arc::default(),
            most_of_one: most / 2,
        }
    }

    /// A place for one more connection from an address; none when it has too many.
    fn of(&self, address: IpAddr, place: OwnedSemaphorePermit) -> Option<Place> {
        let mut each = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let count = each.entry(address).or_default();
        if *count >= self.most_of_one {
            return None;
        }
        *count += 1;
        Some(Place {
            places: self.clone(),
            address,
            _place: place,
        })
    }
}

/// How many files this process may open, after it has asked for as many as it can get.
fn files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // What is not granted is not used.
    let _ = setrlimit(Resource::Nofile, wanted);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The place of one connection.
struct Place {
    places: Places,
    address: IpAddr,
    _place: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let each = self.places.each.lock();
        let mut each = each.unwrap_or_else(PoisonError::into_inner);
        let count = each.get_mut(&self.address);
        let left = count.map_or(0, |count| {
            *count -= 1;
            *count
        });
        if left == 0 {
            each.remove(&self.address);
        }
    }
}

/// Answers at a listener; never ends.
pub(super) async fn serve<A, F>(
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    (places, answer): (Places, A),
) where
    A: Fn(Request, Peer) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send,
{
    loop {
        let Ok(place) = places.all.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, address)) = listener.accept().await else {
            // No file is left, or the client went away.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Some(place) = places.of(address.ip(), place) else {
            continue;
        };
        let (certificate, answer) = (certificate.clone(), answer.clone());
        tokio::spawn(async move {
            connection(stream, address, (certificate, answer)).await;
            drop(place);
        });
    }
}

/// Answers one client, until it or its silence ends it.
async fn connection<A, F>(
    stream: TcpStream,
    address: SocketAddr,
    (certificate, answer): (Option<Arc<Certificate>>, A),
) where
    A: Fn(Request, Peer) -> F + Sync,
    F: Future<Output = Response<Body>>,
{
    let _ = stream.set_nodelay(true);
    let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
    let peer = Peer {
        address,
        is_encrypted: certificate.is_some(),
    };
    match certificate {
        None => http(stream, peer, answer).await,
        Some(certificate) => {
            let beginning = TlsAcceptor::from(certificate.current()).accept(stream);
            if let Ok(Ok(stream)) = tokio::time::timeout(SILENCE, beginning).await {
                http(stream, peer, answer).await;
            }
        }
    }
}

async fn http<S, A, F>(stream: S, peer: Peer, answer: A)
where
    S: AsyncRead + AsyncWrite + Unpin,
    A: Fn(Request, Peer) -> F + Sync,
    F: Future<Output = Response<Body>>,
{
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        let answered = answer(request.map(Body::new), peer);
        async move { Ok::<_, Infallible>(answered.await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    builder.header_read_timeout(SILENCE);
    // A client that went away is nobody's fault.
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
