//! The network of an autoinstall file, in the format of netplan.

use serde_json::{Map, Value, json};

use crate::kickstart::model::connection::Connection;
use crate::kickstart::model::host::Bond;
use crate::kickstart::value::address::{Address, Address6};
use crate::kickstart::value::bond_option;

/// The network of a host with these connections.
#[must_use]
pub fn netplan(connections: &[Connection]) -> Value {
    let mut plan = Map::from_iter([("version".to_owned(), json!(2))]);
    for (number, connection) in connections.iter().enumerate() {
        let mut own = Map::new();
        add(&mut own, number, connection);
        for (kind, devices) in own {
            for (name, held) in devices.as_object().into_iter().flatten() {
                insert(&mut plan, &kind, name, held.clone());
            }
        }
    }
    Value::Object(plan)
}

/// Adds the devices of a connection.
fn add(plan: &mut Map<String, Value>, number: usize, connection: &Connection) {
    let mut top = match (&connection.bond, &connection.interface) {
        (Some(bond), _) => {
            let members = bond.interfaces.iter();
            let members: Map<String, Value> = members
                .map(|one| (one.value.clone(), json!({ "dhcp4": false })))
                .collect();
            plan.insert("ethernets".to_owned(), Value::Object(members));
            ("bonds", bond.name.clone(), bonded(bond))
        }
        (None, Some(interface)) => ("ethernets", interface.clone(), json!({})),
        (None, None) => {
            let mac = connection.mac.as_ref().map(ToString::to_string);
            let name = match number {
                0 => "link".to_owned(),
                _ => format!("link{number}"),
            };
            ("ethernets", name, json!({ "match": { "macaddress": mac } }))
        }
    };
    if let (Some(vlan), Some(name)) = (connection.vlan, connection.vlan_name()) {
        let below = place_plain(plan, top);
        top = ("vlans", name, json!({ "id": vlan, "link": below }));
    }
    if let Some(bridge) = &connection.bridge {
        let below = place_plain(plan, top);
        top = ("bridges", bridge.clone(), json!({ "interfaces": [below] }));
    }
    let (kind, name, mut held) = top;
    if let Some(held) = held.as_object_mut() {
        held.extend(address(connection));
    }
    insert(plan, kind, &name, held);
    if let Some(mtu) = connection.mtu {
        everywhere(plan, mtu);
    }
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

fn address(connection: &Connection) -> Map<String, Value> {
    let (four, six) = (connection.address, connection.ipv6);
    let mut out = Map::from_iter([
        ("dhcp4".to_owned(), json!(four == Address::Dhcp)),
        ("dhcp6".to_owned(), json!(six == Address6::Dhcp)),
        ("accept-ra".to_owned(), json!(six != Address6::Off)),
    ]);
    if six == Address6::Off {
        out.insert("link-local".to_owned(), json!([]));
    }
    let addresses: Vec<String> = [connection.stated(), connection.ipv6_stated()]
        .into_iter()
        .flatten()
        .collect();
    let route = |via: core::net::IpAddr| json!({ "to": "default", "via": via.to_string() });
    let routes: Vec<Value> = connection.gateways().map(route).collect();
    let mut add = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    if !addresses.is_empty() {
        add("addresses", json!(addresses));
    }
    if !routes.is_empty() {
        add("routes", json!(routes));
    }
    let mut resolver = Map::new();
    if !connection.dns.is_empty() {
        let dns: Vec<String> = connection.dns.iter().map(ToString::to_string).collect();
        resolver.insert("addresses".to_owned(), json!(dns));
    }
    if !connection.search.is_empty() {
        resolver.insert("search".to_owned(), json!(connection.search));
    }
    if !resolver.is_empty() {
        add("nameservers", Value::Object(resolver));
    }
    out
}
