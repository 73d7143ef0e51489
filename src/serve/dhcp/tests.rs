//! Messages as firmware sends them, what is answered, and what is not.

use core::net::Ipv4Addr;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::num::u8::ANY;

use super::answer::{ACKNOWLEDGE, DISCOVER, INFORM, OFFER, Place, Port, REQUEST, answer};
use super::packet::{Message, option};
use crate::kickstart::{Loaders, Reading, Surroundings};

const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const KNOWN: [u8; 6] = [0x52, 0x54, 0, 0, 0, 1];
const DEBIAN: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];
const OLD: [u8; 6] = [0x52, 0x54, 0, 0, 0, 3];
const OTHER: [u8; 6] = [0x52, 0x54, 0, 0, 0, 9];
const UUID: &[u8] = b"\0ABCDEFGHIJKLMNOP";

/// A site with a host of Fedora, whose loaders come first, and two of Debian.
fn loaders() -> Loaders {
    let inventory = format!(
        "apiVersion: terroir/v1
site: lab
server: {{ url: \"http://install.example.org\" }}
defaults:
  flavour: registry.example.org/os/server@sha256:{}
  disk: {{ id: virtio-root }}
hosts:
  one: {{ target: F43, mac: 52:54:00:00:00:01 }}
  two: {{ target: debian-13, mac: 52:54:00:00:00:02 }}
  old: {{ target: debian-12, mac: 52:54:00:00:00:03 }}
",
        "a".repeat(64)
    );
    let reading = Reading::new("lab.yml", &inventory);
    let mut around = Surroundings::default();
    for host in reading.documents.iter().flatten() {
        let flavour = host.flavour.as_ref().expect("it has one");
        around.flavours.insert(flavour.value.clone(), Ok(None));
    }
    Loaders::of(&reading.site(&around).expect("the inventory is right"))
}

/// A message as RFC 2131 has it.
fn message(mac: [u8; 6], kind: u8, options: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![1, 1, 6, 0];
    bytes.extend([0xde, 0xad, 0xbe, 0xef]);
    bytes.extend([0, 4, 0, 0]);
    bytes.extend([0; 16]);
    bytes.extend(mac);
    bytes.resize(236, 0);
    bytes.extend([99, 130, 83, 99]);
    bytes.extend([53, 1, kind]);
    for (code, value) in options {
        bytes.extend([*code, u8::try_from(value.len()).expect("short")]);
        bytes.extend(*value);
    }
    bytes.push(255);
    bytes
}

fn of_bios(mac: [u8; 6], kind: u8) -> Vec<u8> {
    let options: [(u8, &[u8]); 5] = [
        (55, &[1, 3, 43, 54, 60, 66, 67]),
        (60, b"PXEClient:Arch:00000:UNDI:002001"),
        (93, &[0, 0]),
        (94, &[1, 2, 1]),
        (97, UUID),
    ];
    message(mac, kind, &options)
}

/// An answer, read by the words of the RFC.
struct Read {
    bytes: Vec<u8>,
    options: BTreeMap<u8, Vec<u8>>,
    place: Place,
}

impl Read {
    fn file(&self) -> &str {
        let file = self.bytes[108..236].split(|byte| *byte == 0).next();
        std::str::from_utf8(file.expect("a part")).expect("text")
    }

    fn option(&self, code: u8) -> &[u8] {
        self.options.get(&code).map_or(&[], Vec::as_slice)
    }
}

fn asked(bytes: &[u8], port: Port) -> Option<Read> {
    let answer = answer(&Message::read(bytes)?, port, (SERVER, &loaders()))?;
    let bytes = answer.bytes;
    let mut options = BTreeMap::new();
    let mut rest = &bytes[240..];
    while let [code, length, more @ ..] = rest {
        if *code == option::END {
            break;
        }
        let (value, more) = more.split_at(usize::from(*length));
        assert!(options.insert(*code, value.to_vec()).is_none(), "{code}");
        rest = more;
    }
    assert!(bytes.len() >= 300);
    // No answer has an address for the client.
    assert_eq!(bytes[16..20], [0; 4]);
    Some(Read {
        bytes,
        options,
        place: answer.place,
    })
}

#[test]
fn a_bios_machine_is_told_where_its_loader_is() {
    let read = asked(&of_bios(KNOWN, DISCOVER), Port::Dhcp).expect("an answer");
    assert_eq!(read.bytes[..4], [2, 1, 6, 0]);
    assert_eq!(read.bytes[4..8], [0xde, 0xad, 0xbe, 0xef]);
    assert_eq!(read.bytes[10..12], [0x80, 0]);
    assert_eq!(read.bytes[20..24], SERVER.octets());
    assert_eq!(read.bytes[28..34], KNOWN);
    assert_eq!(read.bytes[236..243], [99, 130, 83, 99, 53, 1, OFFER]);
    assert_eq!(read.place, Place::Everybody);
    assert_eq!(read.file(), "pxelinux.0");
    assert_eq!(read.option(54), SERVER.octets());
    assert_eq!(read.option(60), b"PXEClient");
    assert_eq!(read.option(66), b"192.0.2.2");
    assert_eq!(read.option(67), b"pxelinux.0");
    assert_eq!(read.option(97), UUID);
    assert_eq!(read.option(43), [6, 1, 8, 255]);
    for address in [50, 51, 1, 3, 6] {
        assert!(!read.options.contains_key(&address), "{address}");
    }
}

#[test]
fn the_boot_server_acknowledges() {
    for kind in [REQUEST, INFORM] {
        let read = asked(&of_bios(KNOWN, kind), Port::BootServer).expect("an answer");
        assert_eq!(read.option(53), [ACKNOWLEDGE]);
        assert_eq!(read.place, Place::Sender);
        assert_eq!(read.file(), "pxelinux.0");
    }
}

/// What a client is, its hardware address, its options, and what it gets.
type Row = (
    &'static str,
    [u8; 6],
    &'static [(u8, &'static [u8])],
    Option<&'static str>,
);

const PXE: &[u8] = b"PXEClient:Arch:00007:UNDI:003016";
const HTTP: &[u8] = b"HTTPClient:Arch:00016:UNDI:003016";
const BY_SCRIPT: Option<&str> = Some("http://install.example.org/boot.ipxe");
const BY_HTTP: Option<&str> = Some("http://install.example.org/F43/shimx64.efi");

const CLIENTS: [Row; 18] = [
    (
        "UEFI",
        KNOWN,
        &[(60, PXE), (93, &[0, 7])],
        Some("F43/shimx64.efi"),
    ),
    (
        "UEFI, RFC",
        KNOWN,
        &[(60, PXE), (93, &[0, 9])],
        Some("F43/shimx64.efi"),
    ),
    (
        "unknown",
        OTHER,
        &[(60, PXE), (93, &[0, 7])],
        Some("F43/shimx64.efi"),
    ),
    (
        "Debian",
        DEBIAN,
        &[(60, PXE), (93, &[0, 7])],
        Some("debian-13/shimx64.efi"),
    ),
    // Its GRUB finds nothing in this mode.
    (
        "Debian 12",
        OLD,
        &[(60, PXE), (93, &[0, 7])],
        Some("ipxe.efi"),
    ),
    (
        "several",
        KNOWN,
        &[(60, PXE), (93, &[0, 6, 0, 7])],
        Some("F43/shimx64.efi"),
    ),
    ("HTTP", KNOWN, &[(60, HTTP), (93, &[0, 16])], BY_HTTP),
    (
        "HTTP, Debian",
        DEBIAN,
        &[(60, HTTP), (93, &[0, 16])],
        Some("http://install.example.org/ipxe.efi"),
    ),
    ("HTTP, unknown", OTHER, &[(60, HTTP), (93, &[0, 16])], None),
    (
        "iPXE",
        OTHER,
        &[(60, PXE), (77, b"iPXE"), (93, &[0, 7])],
        BY_SCRIPT,
    ),
    (
        "iPXE, RFC",
        OTHER,
        &[(60, PXE), (77, b"\x04iPXE"), (93, &[0, 7])],
        BY_SCRIPT,
    ),
    (
        "iPXE, option",
        KNOWN,
        &[(60, PXE), (175, &[1, 1, 1])],
        BY_SCRIPT,
    ),
    ("ARM", KNOWN, &[(60, PXE), (93, &[0, 11])], None),
    ("PXE and HTTP", KNOWN, &[(60, PXE), (93, &[0, 16])], None),
    ("HTTP and PXE", KNOWN, &[(60, HTTP), (93, &[0, 7])], None),
    ("no architecture", KNOWN, &[(60, PXE)], None),
    ("half of one", KNOWN, &[(60, PXE), (93, &[0])], None),
    ("a system", KNOWN, &[(60, b"MSFT 5.0"), (93, &[0, 0])], None),
];

#[test]
fn each_client_gets_its_own_loader() {
    for (what, mac, options, expected) in CLIENTS {
        let read = asked(&message(mac, DISCOVER, options), Port::Dhcp);
        assert_eq!(read.as_ref().map(Read::file), expected, "{what}");
        let Some(read) = read else {
            continue;
        };
        let is_url = read.file().contains("://");
        let own: &[u8] = if what.starts_with("HTTP") {
            b"HTTPClient"
        } else {
            b"PXEClient"
        };
        assert_eq!(read.option(60), own, "{what}");
        assert_eq!(read.options.contains_key(&43), !is_url, "{what}");
        // It was not asked for.
        assert_eq!(read.option(67), b"", "{what}");
    }
}

#[test]
fn nobody_else_is_answered() {
    let rows = [
        (
            "a plain client",
            message(KNOWN, DISCOVER, &[(55, &[1, 3, 6])]),
        ),
        ("a request to a DHCP server", of_bios(KNOWN, REQUEST)),
        ("an answer of another server", of_bios(KNOWN, OFFER)),
        ("no kind", of_bios(KNOWN, 0)),
    ];
    for (what, bytes) in rows {
        assert!(asked(&bytes, Port::Dhcp).is_none(), "{what}");
    }
    assert!(asked(&of_bios(KNOWN, DISCOVER), Port::BootServer).is_none());
    let good = of_bios(KNOWN, DISCOVER);
    let change = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    // A reply, another network, another length of address, another cookie, BOOTP.
    for bytes in [
        change(0, 2),
        change(1, 6),
        change(2, 16),
        change(236, 0),
        change(240, 0),
    ] {
        assert!(asked(&bytes, Port::Dhcp).is_none());
    }
    // No end, an option that is longer than the message, options in the fields of names.
    for end in [&[][..], &[60, 9, 1], &[52, 1, 1, 255], &[60]] {
        let bytes = [&good[..good.len() - 1], end].concat();
        assert!(asked(&bytes, Port::Dhcp).is_none(), "{end:?}");
    }
    let long = [&good[..], &[0; 1500]].concat();
    assert!(asked(&long, Port::Dhcp).is_none());
    assert!(asked(&[&good[..], &[0; 60]].concat(), Port::Dhcp).is_some());
}

#[test]
fn relays_get_the_answer_and_what_they_added() {
    let mut bytes = of_bios(KNOWN, DISCOVER);
    bytes.pop();
    bytes.extend([82, 3, 1, 1, 7, 255]);
    bytes[24..28].copy_from_slice(&[198, 51, 100, 1]);
    let read = asked(&bytes, Port::Dhcp).expect("an answer");
    assert_eq!(read.place, Place::Relay(Ipv4Addr::new(198, 51, 100, 1)));
    assert_eq!(read.bytes[24..28], [198, 51, 100, 1]);
    let end = read
        .bytes
        .iter()
        .rposition(|byte| *byte == 255)
        .expect("an end");
    assert_eq!(read.bytes[end - 5..end], [82, 3, 1, 1, 7]);
    for wrong in [[255, 255, 255, 255], [224, 0, 0, 1], [127, 0, 0, 1]] {
        bytes[24..28].copy_from_slice(&wrong);
        assert!(asked(&bytes, Port::Dhcp).is_none(), "{wrong:?}");
    }
}

#[test]
fn options_in_parts_are_joined() {
    let parts: [(u8, &[u8]); 4] = [(60, b"PXECl"), (93, &[0]), (60, b"ient"), (93, &[0])];
    let read = asked(&message(KNOWN, DISCOVER, &parts), Port::Dhcp).expect("an answer");
    assert_eq!(read.file(), "pxelinux.0");
}

proptest::proptest! {
    #[test]
    fn no_message_breaks_it(bytes in vec(ANY, 0..700), boot in proptest::bool::ANY) {
        let port = if boot { Port::BootServer } else { Port::Dhcp };
        asked(&bytes, port);
        // The same behind fields that are right.
        let begin = &of_bios(KNOWN, DISCOVER)[..243];
        asked(&[begin, &bytes].concat(), port);
    }

    #[test]
    fn changed_messages_get_no_address(changes in vec((0_usize..330, ANY), 0..12), more in vec(ANY, 0..300)) {
        let mut bytes = [of_bios(KNOWN, DISCOVER), more].concat();
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        if let Some(read) = asked(&bytes, Port::Dhcp) {
            proptest::prop_assert!(!read.options.contains_key(&51));
        }
    }
}
