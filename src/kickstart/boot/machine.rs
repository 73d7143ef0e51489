//! Machines as boot loaders identify them: by hardware address, UUID or serial number.

use crate::kickstart::model::host::Host;
use crate::kickstart::value::mac::Mac;

/// What a loader knows a machine by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The hardware address of the interface that it boots from.
    Mac(Mac),
    /// The UUID of its firmware, in lower case.
    Uuid(String),
    /// The serial number of its firmware.
    Serial(String),
}

impl Known {
    /// All that a host is known by. Without hardware addresses it is its UUID and serial number; a
    /// serial number that is not a regular file name cannot be asked for.
    pub(super) fn of(host: &Host) -> Vec<Self> {
        if !host.macs.is_empty() {
            return host.macs.iter().map(|mac| Self::Mac(mac.value)).collect();
        }
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
        let uuid = host.uuid.iter().map(|uuid| uuid.to_ascii_lowercase());
        let serial = host.serial.iter().map(|serial| serial.value.clone());
        let serial = serial.filter(|serial| serial.bytes().all(plain));
        uuid.map(Self::Uuid)
            .chain(serial.map(Self::Serial))
            .collect()
    }

    /// The address as loaders write it in BOOTIF: ARP's number of Ethernet first, then dashes.
    pub(super) fn interface(&self) -> Option<String> {
        match self {
            Self::Mac(mac) => Some(format!("01-{}", mac.joined("-"))),
            Self::Uuid(_) | Self::Serial(_) => None,
        }
    }
}
