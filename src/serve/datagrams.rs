//! The sockets of TFTP: each transfer has one of its own, and ends by itself.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::Semaphore;

use super::answer::{Answer, Request, Server};
use super::content::Content;
use super::files::open;
use super::tftp::{Code, Transfer, error, request};
use crate::kickstart::TFTP;

/// Most transfers at once; the clients of others ask again.
const TRANSFERS: usize = 500;
/// How often something is sent again before a transfer is given up.
const TRIES: u32 = 6;
/// Largest packet of a client, in bytes.
const PACKET: usize = 2048;

/// What every transfer sees.
pub(super) struct Shared {
    pub(super) server: Arc<Server>,
    pub(super) files: Option<Arc<PathBuf>>,
    pub(super) clock: fn() -> u64,
}

/// Answers requests at a socket; never ends.
pub(super) async fn serve(socket: UdpSocket, shared: Arc<Shared>) {
    let places = Arc::new(Semaphore::new(TRANSFERS));
    let mut packet = vec![0; PACKET];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut packet).await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let Ok(place) = places.clone().try_acquire_owned() else {
            continue;
        };
        let first = packet.get(..length).unwrap_or_default().to_vec();
        let local = socket.local_addr();
        let shared = shared.clone();
        tokio::spawn(async move {
            if let Ok(local) = local {
                transfer(&shared, (local, client), &first).await;
            }
            drop(place);
        });
    }
}

/// One transfer, from a port of its own.
async fn transfer(shared: &Shared, (local, client): (SocketAddr, SocketAddr), first: &[u8]) {
    let own = SocketAddr::new(local.ip(), 0);
    let Ok(socket) = UdpSocket::bind(own).await else {
        return;
    };
    if socket.connect(client).await.is_err() {
        return;
    }
    let wanted = match request(first) {
        Ok(wanted) => wanted,
        Err(packet) => {
            let _ = socket.send(&packet).await;
            return;
        }
    };
    let content = match content(shared, &wanted.file, client).await {
        Ok(content) => content,
        Err((code, why)) => {
            let _ = socket.send(&error(code, &why)).await;
            return;
        }
    };
    let patience = Duration::from_secs(wanted.timeout);
    if let Ok(sending) = Transfer::new(&wanted, content) {
        // A client that went away is nobody's fault.
        let _ = send(&socket, sending, patience).await;
    }
}

async fn send(
    socket: &UdpSocket,
    mut sending: Transfer,
    patience: Duration,
) -> std::io::Result<()> {
    let mut packet = [0; PACKET];
    let mut tries = 0;
    while !sending.is_done() && tries < TRIES {
        for data in sending.packets()? {
            socket.send(&data).await?;
        }
        tries += 1;
        let end = tokio::time::Instant::now() + patience;
        while let Ok(received) = tokio::time::timeout_at(end, socket.recv(&mut packet)).await {
            match sending.take(packet.get(..received?).unwrap_or_default()) {
                Ok(true) => {
                    tries = 0;
                    break;
                }
                Ok(false) => {}
                Err(()) => return Ok(()),
            }
        }
    }
    Ok(())
}

/// The content of a file that a client asks for, by the same rules as over HTTP.
async fn content(
    shared: &Shared,
    file: &str,
    client: SocketAddr,
) -> Result<Content, (Code, String)> {
    let question = Request {
        path: file.to_owned(),
        address: client.ip().to_canonical().to_string(),
        is_tftp: true,
        ..Request::default()
    };
    let (server, clock) = (shared.server.clone(), shared.clock);
    let files = shared.files.clone();
    let asked = tokio::task::spawn_blocking(move || match server.answer(&question, clock()) {
        Ok(Answer::Text(text)) => Ok(Content::Text(Cursor::new(text.into_bytes()))),
        Ok(Answer::File(path)) => {
            let file = files.and_then(|files| open(&files.join(TFTP), path.as_ref()));
            let absent = || (Code::NotFound, "there is no such file".to_owned());
            file.map(Content::File).ok_or_else(absent)
        }
        Ok(Answer::No(404, why)) => Err((Code::NotFound, why)),
        Ok(Answer::No(_, why)) => Err((Code::Denied, why)),
        Ok(Answer::Secret(_) | Answer::Taken) => Err((Code::Denied, "not by TFTP".to_owned())),
        Err(_) => Err((Code::Denied, "the server cannot tell now".to_owned())),
    });
    asked
        .await
        .unwrap_or_else(|_| Err((Code::Denied, String::new())))
}
