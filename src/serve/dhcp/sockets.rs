//! The sockets of DHCP in proxy mode, beside those of another DHCP server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::super::answer::Server;
use super::super::error::Error;
use super::answer::{Answer, Place, Port, SERVERS, answer};
use super::limit::Limit;
use super::packet::{MAX, Message};
use crate::kickstart::Mac;

/// The port of clients.
const CLIENTS: u16 = 68;
/// The port of PXE's boot servers.
const BOOT_SERVERS: u16 = 4011;
/// Most lines of the log that wait to be written; more are left out.
const LINES: usize = 1000;

/// Where DHCP is answered in proxy mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpProxy {
    /// This server's address on the network of the machines.
    pub address: Ipv4Addr,
    /// The interface that alone is listened at.
    pub interface: Option<String>,
}

/// The sockets.
///
/// A DHCP server on this computer loses nothing to them: what is sent to everybody goes to every socket, and
/// what is sent to this address is only taken where nobody else does.
#[derive(Debug)]
pub(in super::super) struct Sockets {
    server: Ipv4Addr,
    /// What clients send to everybody.
    clients: UdpSocket,
    /// Sends to everybody on the network of this address, and receives nothing; the one before does it where
    /// the interface is known.
    everybody: Option<UdpSocket>,
    /// What relays send, where no other DHCP server has this address.
    relays: Option<UdpSocket>,
    /// What clients send to a boot server.
    boot_servers: UdpSocket,
}

impl Sockets {
    /// Whether it can be reached over relays.
    pub(in super::super) fn has_relays(&self) -> bool {
        self.relays.is_some()
    }
}

/// Opens the sockets; within a runtime.
pub(in super::super) fn bind(proxy: &DhcpProxy) -> Result<Sockets, Error> {
    let own = proxy.address;
    let doing = |port| {
        move |error: io::Error| {
            let at = match &proxy.interface {
                Some(interface) => format!("{own}, {interface}"),
                None => own.to_string(),
            };
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => {
                    ", which another program has for itself (dnsmasq shares it with bind-interfaces)"
                }
                _ => "",
            };
            Error::io(format!("listening for DHCP at {at}, port {port}{why}"))(error)
        }
    };
    // First, since it is the one that somebody else may have.
    let relays = match opened(proxy, (own, SERVERS), false) {
        Ok(socket) => {
            socket.set_reuse_address(true).map_err(doing(SERVERS))?;
            Some(asynchronous(socket).map_err(doing(SERVERS))?)
        }
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => None,
        Err(error) => return Err(doing(SERVERS)(error)),
    };
    let everybody = match proxy.interface {
        Some(_) => None,
        None => Some(everybody(proxy)?),
    };
    let open = |place| opened(proxy, place, true).and_then(asynchronous);
    Ok(Sockets {
        server: own,
        clients: open((Ipv4Addr::BROADCAST, SERVERS)).map_err(doing(SERVERS))?,
        everybody,
        relays,
        boot_servers: open((own, BOOT_SERVERS)).map_err(doing(BOOT_SERVERS))?,
    })
}

/// The socket that sends to everybody. What is sent from an address goes out by its interface, and a socket with
/// a peer receives from that peer alone.
fn everybody(proxy: &DhcpProxy) -> Result<UdpSocket, Error> {
    let socket = opened(proxy, (proxy.address, SERVERS), true).and_then(|socket| {
        let clients = SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENTS);
        socket.connect(&SocketAddr::from(clients).into())?;
        asynchronous(socket)
    });
    socket.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::Io {
            doing: format!(
                "another DHCP server has {} for itself: name the interface with --dhcp-interface",
                proxy.address
            ),
            source: error,
        },
        _ => Error::io(format!("sending DHCP from {}", proxy.address))(error),
    })
}

fn opened(
    proxy: &DhcpProxy,
    (address, port): (Ipv4Addr, u16),
    is_shared: bool,
) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // dnsmasq shares by the second.
    socket.set_reuse_address(is_shared)?;
    socket.set_reuse_port(is_shared)?;
    socket.set_nonblocking(true)?;
    socket.set_broadcast(true)?;
    if let Some(interface) = &proxy.interface {
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    let address = SocketAddr::from(SocketAddrV4::new(address, port));
    socket.bind(&address.into())?;
    Ok(socket)
}

fn asynchronous(socket: Socket) -> io::Result<UdpSocket> {
    UdpSocket::from_std(socket.into())
}

/// What every answer sees.
pub(in super::super) struct Shared {
    pub(in super::super) server: Arc<Server>,
    pub(in super::super) clock: fn() -> u64,
}

/// A line of the log: the host, its hardware address, the loader.
type Line = (String, String, String);

/// Answers at the sockets; never ends.
pub(in super::super) async fn serve(sockets: Sockets, shared: Shared) {
    let (lines, waiting) = mpsc::channel(LINES);
    let (server, clock) = (shared.server.clone(), shared.clock);
    // Nobody waits for the disk.
    tokio::task::spawn_blocking(move || write(&server, clock, waiting));
    let mut limit = Limit::default();
    let (mut first, mut second, mut third) = ([0; MAX + 1], [0; MAX + 1], [0; MAX + 1]);
    loop {
        let received = tokio::select! {
            received = sockets.clients.recv_from(&mut first) => {
                received.map(|(length, from)| (first.get(..length), from, &sockets.clients))
            }
            received = sockets.boot_servers.recv_from(&mut second) => {
                received.map(|(length, from)| (second.get(..length), from, &sockets.boot_servers))
            }
            received = of_relays(sockets.relays.as_ref(), &mut third) => {
                received.map(|(length, from, socket)| (third.get(..length), from, socket))
            }
        };
        let Ok((bytes, from, socket)) = received else {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            continue;
        };
        let port = match std::ptr::eq(socket, &raw const sockets.boot_servers) {
            true => Port::BootServer,
            false => Port::Dhcp,
        };
        let Some(message) = bytes.and_then(Message::read) else {
            continue;
        };
        let served = shared.server.served();
        let loaders = &served.loaders;
        let Some(answer) = answer(&message, port, (sockets.server, loaders)) else {
            continue;
        };
        if !limit.allows(message.mac, clock()) {
            continue;
        }
        send(&sockets, (socket, from), &answer).await;
        let mac = Mac(message.mac);
        if let Some(host) = loaders.host(mac) {
            let line = (host.to_owned(), mac.to_string(), answer.file);
            // A flood is no reason to wait.
            let _ = lines.try_send(line);
        }
    }
}

/// What a relay sends; nothing ever where none is listened to.
async fn of_relays<'a>(
    socket: Option<&'a UdpSocket>,
    packet: &mut [u8],
) -> io::Result<(usize, SocketAddr, &'a UdpSocket)> {
    match socket {
        Some(socket) => {
            let (length, from) = socket.recv_from(packet).await?;
            Ok((length, from, socket))
        }
        None => std::future::pending().await,
    }
}

async fn send(sockets: &Sockets, (socket, from): (&UdpSocket, SocketAddr), answer: &Answer) {
    let bytes = &answer.bytes;
    // A client that does not get it asks again.
    let _ = match answer.place {
        Place::Everybody => match &sockets.everybody {
            Some(everybody) => everybody.send(bytes).await,
            None => socket.send_to(bytes, (Ipv4Addr::BROADCAST, CLIENTS)).await,
        },
        Place::Relay(relay) => socket.send_to(bytes, (relay, SERVERS)).await,
        Place::Sender => socket.send_to(bytes, from).await,
    };
}

/// Writes lines into the log until there are no more.
fn write(server: &Server, clock: fn() -> u64, mut lines: mpsc::Receiver<Line>) {
    while let Some((host, mac, file)) = lines.blocking_recv() {
        // The log cannot be written: what machines ask for over HTTP says so.
        let _ = server
            .ledger()
            .note((&host, &mac), ("dhcp", &file), clock());
    }
}
