//! The network of an autoinstall file, in the format of netplan.

use serde_json::{Map, Value, json};

use crate::kickstart::model::host::{Bond, Host};
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::bond_option;

/// The network of a host.
pub(in crate::kickstart) fn netplan(host: &Host, known: Option<&SiteNetwork>) -> Value {
    let network = &host.network;
    let mut plan = Map::from_iter([("version".to_owned(), json!(2))]);
    let mut top = match (&network.bond, &network.interface) {
        (Some(bond), _) => {
            let members = bond.interfaces.iter();
            let members: Map<String, Value> = members
                .map(|one| (one.value.clone(), json!({ "dhcp4": false })))
                .collect();
            plan.insert("ethernets".to_owned(), Value::Object(members));
            ("bonds", bond.name.clone(), bonded(bond))
        }
        (None, Some(interface)) => ("ethernets", interface.value.clone(), json!({})),
        (None, None) => {
            let mac = host.macs.first().map(ToString::to_string);
            (
                "ethernets",
                "link".to_owned(),
                json!({ "match": { "macaddress": mac } }),
            )
        }
    };
    if let Some(vlan) = &network.vlan {
        let below = place_plain(&mut plan, top);
        let held = json!({ "id": vlan.value, "link": below });
        top = ("vlans", format!("vlan{vlan}"), held);
    }
    if let Some(bridge) = &network.bridge {
        let below = place_plain(&mut plan, top);
        top = (
            "bridges",
            bridge.value.clone(),
            json!({ "interfaces": [below] }),
        );
    }
    let (kind, name, mut held) = top;
    if let Some(held) = held.as_object_mut() {
        held.extend(address(host, known));
    }
    insert(&mut plan, kind, &name, held);
    if let Some(mtu) = &network.mtu {
        everywhere(&mut plan, mtu.value);
    }
    Value::Object(plan)
}

/// A bond with the options of the driver as netplan writes them.
fn bonded(bond: &Bond) -> Value {
    let mut parameters = Map::from_iter([("mode".to_owned(), json!(bond.mode))]);
    for (name, value) in &bond.options {
        let known = bond_option::find(name).and_then(|option| option.netplan(value));
        parameters.extend(known.map(|(name, value)| (name.to_owned(), value)));
    }
    let names: Vec<&str> = bond
        .interfaces
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    json!({ "interfaces": names, "parameters": parameters })
}

/// Sets the largest packet of every device: none carries more than the one below it does.
fn everywhere(plan: &mut Map<String, Value>, mtu: u16) {
    let groups = plan.values_mut().filter_map(Value::as_object_mut);
    for device in groups.flat_map(Map::values_mut) {
        if let Some(device) = device.as_object_mut() {
            device.insert("mtu".to_owned(), json!(mtu));
        }
    }
}

/// Adds what carries something else, and gives its name.
fn place_plain(plan: &mut Map<String, Value>, (kind, name, held): (&str, String, Value)) -> String {
    insert(plan, kind, &name, held);
    name
}

fn insert(plan: &mut Map<String, Value>, kind: &str, name: &str, held: Value) {
    let group = plan.entry(kind).or_insert_with(|| json!({}));
    if let Some(group) = group.as_object_mut() {
        group.insert(name.to_owned(), held);
    }
}

fn address(host: &Host, known: Option<&SiteNetwork>) -> Map<String, Value> {
    let mut out = Map::new();
    let mut addresses = Vec::new();
    let mut routes = Vec::new();
    out.insert(
        "dhcp4".to_owned(),
        json!(host.network.address.value == Address::Dhcp),
    );
    let six = host.network.ipv6.value;
    out.insert("dhcp6".to_owned(), json!(six == Address6::Dhcp));
    out.insert("accept-ra".to_owned(), json!(six != Address6::Off));
    if six == Address6::Off {
        out.insert("link-local".to_owned(), json!([]));
    }
    if let Address::Fixed(own) = host.network.address.value {
        let prefix = known.and_then(|known| known.address.as_ref());
        addresses.extend(prefix.map(|prefix| format!("{own}/{}", prefix.length)));
        let gateway = known.and_then(|known| known.gateway.as_ref());
        routes.extend(gateway.map(|via| json!({ "to": "default", "via": via.to_string() })));
    }
    if let Address6::Fixed(own) = six {
        let prefix = known.and_then(|known| known.ipv6.as_ref());
        addresses.extend(prefix.map(|prefix| format!("{own}/{}", prefix.length)));
        let gateway = known.and_then(|known| known.ipv6_gateway.as_ref());
        routes.extend(gateway.map(|via| json!({ "to": "default", "via": via.to_string() })));
    }
    let mut add = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    if !addresses.is_empty() {
        add("addresses", json!(addresses));
    }
    if !routes.is_empty() {
        add("routes", json!(routes));
    }
    let dns = known.map_or_else(Vec::new, SiteNetwork::name_servers);
    if !dns.is_empty() {
        add("nameservers", json!({ "addresses": dns }));
    }
    out
}
