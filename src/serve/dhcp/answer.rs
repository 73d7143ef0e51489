//! What a message is answered with (Intel's PXE 2.1, RFC 4578, UEFI 2.10 section 24.7).

use core::net::Ipv4Addr;

use super::packet::{Message, Reply, option};
use crate::kickstart::{BootFile, Client, Firmware, Loaders, Mac};

/// Kinds of messages.
pub(super) const DISCOVER: u8 = 1;
pub(super) const OFFER: u8 = 2;
pub(super) const REQUEST: u8 = 3;
pub(super) const ACKNOWLEDGE: u8 = 5;
pub(super) const INFORM: u8 = 8;

/// What firmware calls itself, and is called in the answer.
const PXE: &[u8] = b"PXEClient";
const HTTP: &[u8] = b"HTTPClient";
/// PXE's discovery control: take the file of this answer, look for no other server and show no menu.
const DIRECTLY: &[u8] = &[6, 1, 8, option::END];
/// The port of DHCP servers and relays.
pub(super) const SERVERS: u16 = 67;

/// The port that a message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    /// That of DHCP servers.
    Dhcp,
    /// That of PXE's boot servers.
    BootServer,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To everybody on the network, since the client has no address yet.
    Everybody,
    /// To the relay.
    Relay(Ipv4Addr),
    /// To where the message came from.
    Sender,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The message.
    pub(super) bytes: Vec<u8>,
    /// Where it goes.
    pub(super) place: Place,
    /// The loader.
    pub(super) file: String,
}

/// What a client is, and what it is called in answers; none for those that another server answers.
fn client(message: &Message) -> Option<(Client, &'static [u8])> {
    let class = message.option(option::CLASS)?;
    let own = [PXE, HTTP].into_iter().find(|own| class.starts_with(own))?;
    let user_class = message.option(option::USER_CLASS).unwrap_or_default();
    // The class as such, or as an element of a list (RFC 3004).
    let is_named = user_class.starts_with(b"iPXE") || user_class.get(1..) == Some(b"iPXE");
    if is_named || message.option(option::IPXE).is_some() {
        return Some((Client::Ipxe, own));
    }
    let numbers = message.option(option::ARCHITECTURE)?.chunks_exact(2);
    let mut known = numbers.filter_map(|pair| {
        let number = u16::from_be_bytes(pair.try_into().ok()?);
        Firmware::of(number)
    });
    let firmware = known.find(|firmware| (*firmware == Firmware::UefiHttp) == (own == HTTP))?;
    Some((Client::Firmware(firmware), own))
}

/// The kind of answer, and where it goes; none for messages to another server.
fn kind(message: &Message, port: Port) -> Option<(u8, Place)> {
    let is_relayed = !message.relay.is_unspecified();
    match (port, message.kind()) {
        (Port::Dhcp, DISCOVER) if is_relayed => {
            let relay = message.relay;
            let is_one = !relay.is_multicast() && !relay.is_broadcast() && !relay.is_loopback();
            is_one.then_some((OFFER, Place::Relay(relay)))
        }
        (Port::Dhcp, DISCOVER) => Some((OFFER, Place::Everybody)),
        (Port::BootServer, REQUEST | INFORM) => Some((ACKNOWLEDGE, Place::Sender)),
        _ => None,
    }
}

/// The answer to a message; none where this server has nothing to say.
pub(super) fn answer(
    message: &Message,
    port: Port,
    (server, loaders): (Ipv4Addr, &Loaders),
) -> Option<Answer> {
    let (kind, place) = kind(message, port)?;
    let (client, class) = client(message)?;
    let file = loaders.file(client, Mac(message.mac))?;
    let own = server.octets();
    let name = server.to_string();
    let mut options = vec![(option::SERVER, &own[..]), (option::CLASS, class)];
    // The machine's own number, which some firmware compares.
    let machine = message.option(option::MACHINE);
    options.extend(machine.map(|machine| (option::MACHINE, machine)));
    if matches!(file, BootFile::Tftp(_)) {
        options.push((option::TFTP_SERVER, name.as_bytes()));
        options.push((option::VENDOR, DIRECTLY));
    }
    let reply = Reply {
        to: message,
        kind,
        server,
        file: file.name(),
        options,
    };
    Some(Answer {
        bytes: reply.bytes()?,
        place,
        file: file.name().to_owned(),
    })
}
