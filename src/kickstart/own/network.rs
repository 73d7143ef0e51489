//! The network in the document of a host.

use serde_json::{Map, Value, json};

use crate::kickstart::model::connection::Connection;
use crate::kickstart::model::host::{Bond, Host};
use crate::kickstart::model::site::Site;
use crate::kickstart::value::address::{Address, Address6};

/// The connection of a host; none where it is what every image does by itself.
pub(super) fn network(site: &Site, host: &Host) -> Value {
    let one = Connection::of(host, site.network_of(host));
    match is_usual(&one) {
        true => json!([]),
        false => json!([connection(&one, host.domain())]),
    }
}

/// Whether it asks for addresses on the interface that it boots from, and no more.
fn is_usual(one: &Connection) -> bool {
    one.interface.is_none()
        && one.bond.is_none()
        && one.vlan.is_none()
        && one.bridge.is_none()
        && one.mtu.is_none()
        && one.address == Address::Dhcp
        && one.ipv6 == Address6::Auto
}

fn connection(one: &Connection, domain: Option<&str>) -> Value {
    let mut all = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            all.insert(key.to_owned(), value);
        }
    };
    match (&one.bond, &one.interface) {
        (Some(all), _) => put("bond", bond(all)),
        (None, Some(name)) => put("interface", json!(name)),
        (None, None) => put("mac", json!(one.mac.map(|mac| mac.to_string()))),
    }
    put("vlan", json!(one.vlan));
    put("bridge", json!(one.bridge));
    put("mtu", json!(one.mtu));
    let four = match one.address {
        Address::Fixed(_) => one.stated(),
        other => Some(other.to_string()),
    };
    put("address", json!(four));
    let six = match one.ipv6 {
        Address6::Fixed(_) => one.ipv6_stated(),
        other => Some(other.to_string()),
    };
    put("ipv6", json!(six));
    for gateway in one.gateways() {
        let key = if gateway.is_ipv4() {
            "gateway"
        } else {
            "ipv6-gateway"
        };
        put(key, json!(gateway.to_string()));
    }
    // A host that asks for its address by DHCP is told these.
    let is_told = one.address == Address::Dhcp || one.ipv6 == Address6::Dhcp;
    if !is_told && !one.dns.is_empty() {
        let servers: Vec<String> = one.dns.iter().map(ToString::to_string).collect();
        put("dns", json!(servers));
        put("search", json!(domain.map(|domain| vec![domain])));
    }
    Value::Object(all)
}

fn bond(bond: &Bond) -> Value {
    let names: Vec<&str> = bond.interfaces.iter().map(|one| &*one.value).collect();
    json!({ "name": bond.name, "interfaces": names, "mode": bond.mode, "options": bond.options })
}
