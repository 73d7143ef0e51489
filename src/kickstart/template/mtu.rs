//! The packet size of the devices that carry an address: udev rules.

use crate::kickstart::model::host::Host;
use crate::kickstart::value::target::Installer;

/// The rules that an installed system needs, one a line; none where its network configuration says
/// all of it.
///
/// Anaconda gives the size to the topmost device alone, and debian-installer to none. A kernel refuses
/// what is larger than the device below carries.
pub(in crate::kickstart) fn rules(host: &Host) -> Vec<String> {
    let network = &host.network;
    let Some(mtu) = &network.mtu else {
        return Vec::new();
    };
    let carried = network.vlan.is_some() || network.bridge.is_some();
    let by_name = |name: &str| {
        let rest = format!("ATTR{{mtu}}=\"{mtu}\"");
        vec![
            // The kernel's name, or the one that udev is about to give.
            format!("ACTION==\"add\", SUBSYSTEM==\"net\", KERNEL==\"{name}\", {rest}"),
            format!("ACTION==\"add\", SUBSYSTEM==\"net\", NAME==\"{name}\", {rest}"),
        ]
    };
    if let Some(bond) = &network.bond {
        let own = carried.then_some(bond.name.as_str());
        let names = bond.interfaces.iter().map(|one| one.value.as_str());
        return names.chain(own).flat_map(by_name).collect();
    }
    if host.installer == Installer::Anaconda && !carried {
        return Vec::new();
    }
    if let Some(interface) = &network.interface {
        return by_name(interface);
    }
    // A driver of its own is what a VLAN with the same address has not.
    let by_mac = |mac: String| {
        format!(
            "ACTION==\"add\", SUBSYSTEM==\"net\", DRIVERS==\"?*\", ATTR{{address}}==\"{mac}\", \
             ATTR{{mtu}}=\"{mtu}\""
        )
    };
    host.macs
        .iter()
        .map(|mac| by_mac(mac.to_string()))
        .collect()
}
