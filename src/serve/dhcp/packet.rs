//! Messages of DHCP as bytes (RFC 2131, options of RFC 2132): reading what clients send, writing answers.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

/// Where the options begin: behind the fixed fields and the cookie.
const OPTIONS: usize = 240;
/// What stands before the options.
const COOKIE: [u8; 4] = [99, 130, 83, 99];
/// Largest message that is read, in bytes.
pub(super) const MAX: usize = 1500;
/// Least length of an answer, that of BOOTP (RFC 951), in bytes.
const LEAST: usize = 300;
/// The fields `op`, `htype` and `hlen`.
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const ETHERNET: u8 = 1;
/// The flag that the answer is sent to everybody, in the first of two bytes.
const BROADCAST: u8 = 0x80;
/// Length of the field `file`, with its end.
const FILE: usize = 128;

/// The options that are looked at or sent.
pub(super) mod option {
    pub(crate) const PAD: u8 = 0;
    pub(crate) const VENDOR: u8 = 43;
    pub(crate) const OVERLOAD: u8 = 52;
    pub(crate) const KIND: u8 = 53;
    pub(crate) const SERVER: u8 = 54;
    pub(crate) const WANTED: u8 = 55;
    pub(crate) const CLASS: u8 = 60;
    pub(crate) const TFTP_SERVER: u8 = 66;
    pub(crate) const BOOT_FILE: u8 = 67;
    pub(crate) const USER_CLASS: u8 = 77;
    pub(crate) const RELAY: u8 = 82;
    pub(crate) const ARCHITECTURE: u8 = 93;
    pub(crate) const MACHINE: u8 = 97;
    pub(crate) const IPXE: u8 = 175;
    pub(crate) const END: u8 = 255;
}

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The hardware address.
    pub(super) mac: [u8; 6],
    /// The address that it has; 0.0.0.0 for none.
    pub(super) client: Ipv4Addr,
    /// The relay that it came over; 0.0.0.0 for none.
    pub(super) relay: Ipv4Addr,
    xid: [u8; 4],
    flags: [u8; 2],
    options: BTreeMap<u8, Vec<u8>>,
}

impl Message {
    /// Reads a message of a client; none when it is not exactly one, of Ethernet.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (fixed, options) = bytes.split_at_checked(OPTIONS)?;
        let is_one = bytes.len() <= MAX && fixed.get(..3)? == [REQUEST, ETHERNET, 6];
        if !is_one || fixed.get(236..)? != COOKIE {
            return None;
        }
        let address = |at| Some(Ipv4Addr::from(array::<4>(fixed, at)?));
        Some(Self {
            xid: array(fixed, 4)?,
            flags: array(fixed, 10)?,
            client: address(12)?,
            relay: address(24)?,
            mac: array(fixed, 28)?,
            options: options_of(options)?,
        })
    }

    /// An option; the parts of one that comes several times are joined (RFC 3396).
    pub(super) fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.get(&code).map(Vec::as_slice)
    }

    /// The kind of message; 0 for none.
    pub(super) fn kind(&self) -> u8 {
        match self.option(option::KIND) {
            Some([kind]) => *kind,
            _ => 0,
        }
    }

    /// Whether the client asks for an option.
    pub(super) fn wants(&self, code: u8) -> bool {
        let wanted = self.option(option::WANTED);
        wanted.is_some_and(|wanted| wanted.contains(&code))
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The options, up to their end, which has to be there.
fn options_of(mut rest: &[u8]) -> Option<BTreeMap<u8, Vec<u8>>> {
    let mut options: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    loop {
        let (code, after) = rest.split_first()?;
        match *code {
            option::PAD => rest = after,
            option::END => return Some(options),
            // Options in the fields for names: no firmware sends them.
            option::OVERLOAD => return None,
            code => {
                let (length, after) = after.split_first()?;
                let (value, after) = after.split_at_checked(usize::from(*length))?;
                options.entry(code).or_default().extend(value);
                rest = after;
            }
        }
    }
}

/// An answer without an address.
#[derive(Clone, Debug)]
pub(super) struct Reply<'a> {
    /// What is answered.
    pub(super) to: &'a Message,
    /// The kind of message.
    pub(super) kind: u8,
    /// This server.
    pub(super) server: Ipv4Addr,
    /// Path or URL of the loader.
    pub(super) file: &'a str,
    /// The options, in this order; the kind of message is not among them.
    pub(super) options: Vec<(u8, &'a [u8])>,
}

impl Reply<'_> {
    /// The bytes; none when an option is too long.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        let none = [0; 4];
        let mut bytes = vec![REPLY, ETHERNET, 6, 0];
        bytes.extend(self.to.xid);
        bytes.extend([0; 2]);
        // Relays cannot send to an address that is not given.
        let [first, second] = self.to.flags;
        bytes.extend([first | BROADCAST, second]);
        bytes.extend(self.to.client.octets());
        bytes.extend(none);
        bytes.extend(self.server.octets());
        bytes.extend(self.to.relay.octets());
        bytes.extend(self.to.mac);
        // The rest of the hardware address, and the server's name.
        bytes.extend([0; 10 + 64]);
        let file = Some(self.file.as_bytes()).filter(|file| file.len() < FILE);
        bytes.extend(file.unwrap_or_default());
        bytes.resize(OPTIONS - COOKIE.len(), 0);
        bytes.extend(COOKIE);
        let kind = [self.kind];
        for (code, value) in std::iter::once((option::KIND, &kind[..])).chain(self.sent(file)) {
            bytes.extend([code, u8::try_from(value.len()).ok()?]);
            bytes.extend(value);
        }
        bytes.push(option::END);
        bytes.resize(bytes.len().max(LEAST), 0);
        Some(bytes)
    }

    /// The options, with the file where the client asks for it, or where it has no place in its field.
    fn sent(&self, file: Option<&[u8]>) -> impl Iterator<Item = (u8, &[u8])> {
        let is_option = file.is_none() || self.to.wants(option::BOOT_FILE);
        let file = is_option.then_some((option::BOOT_FILE, self.file.as_bytes()));
        let relay = self.to.option(option::RELAY);
        let relay = relay.map(|relay| (option::RELAY, relay));
        // What the relay added comes last (RFC 3046).
        self.options.iter().copied().chain(file).chain(relay)
    }
}
