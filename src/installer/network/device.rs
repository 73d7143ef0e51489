//! The devices of a connection, from the interface up to what carries the address.

use crate::kickstart::{Bond, Connection, Mac};

/// How a device is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// By its name.
    Known(String),
    /// By its hardware address.
    Address(Mac),
}

/// What a device is.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// A network card.
    Ethernet,
    /// Several cards that act as one.
    Bond(&'a Bond),
    /// What is tagged with a VLAN, on the device of a name.
    Vlan(u16, Name),
    /// A bridge.
    Bridge,
}

/// What stands on a device, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Above {
    /// Nothing: it carries the address.
    Nothing,
    /// A bond.
    Bond(String),
    /// A VLAN, which leaves the device without an address.
    Vlan(String),
    /// A bridge.
    Bridge(String),
}

/// A device of a connection.
#[derive(Clone, Debug)]
pub(super) struct Device<'a> {
    pub name: Name,
    pub kind: Kind<'a>,
    pub above: Above,
    pub connection: &'a Connection,
}

impl Device<'_> {
    /// What its files are called.
    pub(super) fn file_name(&self) -> String {
        match &self.name {
            Name::Known(name) => format!("terroir-{name}"),
            Name::Address(mac) => format!("terroir-{}", mac.joined("")),
        }
    }
}

/// The devices of a connection, those below first.
pub(super) fn devices(connection: &Connection) -> Vec<Device<'_>> {
    let device = |name, kind| Device {
        name,
        kind,
        above: Above::Nothing,
        connection,
    };
    let mut devices = Vec::new();
    match (&connection.bond, &connection.interface, connection.mac) {
        (Some(bond), ..) => {
            for interface in &bond.interfaces {
                devices.push(Device {
                    above: Above::Bond(bond.name.clone()),
                    ..device(Name::Known(interface.value.clone()), Kind::Ethernet)
                });
            }
            devices.push(device(Name::Known(bond.name.clone()), Kind::Bond(bond)));
        }
        (None, Some(interface), _) => {
            devices.push(device(Name::Known(interface.clone()), Kind::Ethernet));
        }
        (None, None, Some(mac)) => devices.push(device(Name::Address(mac), Kind::Ethernet)),
        (None, None, None) => {}
    }
    if let (Some(id), Some(name), Some(below)) =
        (connection.vlan, connection.vlan_name(), devices.last_mut())
    {
        below.above = Above::Vlan(name.clone());
        let kind = Kind::Vlan(id, below.name.clone());
        devices.push(device(Name::Known(name), kind));
    }
    if let (Some(bridge), Some(below)) = (&connection.bridge, devices.last_mut()) {
        below.above = Above::Bridge(bridge.clone());
        devices.push(device(Name::Known(bridge.clone()), Kind::Bridge));
    }
    devices
}
