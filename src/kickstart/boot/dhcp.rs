//! Configurations of DHCP servers: dnsmasq, alone and beside another server, and Kea.

use serde::Serialize;
use serde_json::json;

use super::chain::{rendered, targets};
use super::firmware::{Firmware, PXELINUX, SCRIPT};
use super::header::header;
use super::loader;
use super::reservation;
use crate::kickstart::model::site::SiteNetwork;
use crate::kickstart::output::path::DHCP;
use crate::kickstart::template::scene::{Made, Scene};
use crate::kickstart::value::address::Address;
use crate::kickstart::value::target::Target;
use crate::origin::Diagnostic;

/// What templates of DHCP servers see.
#[derive(Debug, Serialize)]
struct Values<'a> {
    header: String,
    server: &'a str,
    /// The address of the TFTP server, where the server's URL has it.
    next_server: Option<String>,
    networks: Vec<NetworkValues>,
    targets: Vec<TargetValues>,
    /// What asks.
    bios: FirmwareValues,
    efi64: FirmwareValues,
    http64: FirmwareValues,
    /// The loader of BIOS machines, relative to the folder `tftp`.
    pxelinux: &'static str,
    /// The script of iPXE, relative to the server's URL.
    script: &'static str,
    /// The reservations as lines of the configuration.
    hosts: String,
    /// Kea: the reservations of hosts that are in no network of the site.
    hosts_of_none: String,
}

/// A kind of firmware as templates of DHCP servers see it.
#[derive(Debug, Serialize)]
struct FirmwareValues {
    /// Its numbers in option 93.
    architectures: &'static [u16],
    /// How Kea tests for it.
    test: String,
}

/// A target as templates of DHCP servers see it.
#[derive(Debug, Serialize)]
struct TargetValues {
    tag: String,
    /// The shim, relative to the folder `tftp`.
    shim: String,
    /// What UEFI's HTTP boot gets, relative to the server's URL.
    http: String,
    /// What UEFI gets beside another DHCP server, relative to the folder `tftp`.
    proxied: String,
}

/// A network as templates of DHCP servers see it.
#[derive(Debug, Serialize)]
struct NetworkValues {
    name: String,
    tag: String,
    address: String,
    netmask: String,
    subnet: String,
    /// dnsmasq: first and last address, or that only hosts of the inventory are served.
    range: String,
    /// Kea: first and last address.
    pool: Option<String>,
    gateway: Option<String>,
    dns: Vec<String>,
    ntp: Vec<String>,
    domain: Option<String>,
    mtu: Option<u16>,
    /// Kea: the options of the network, as elements of a list.
    options: String,
    /// Kea: its reservations, as elements of a list.
    hosts: String,
}

/// Makes the configurations.
pub(in super::super) fn produce(scene: &Scene<'_>) -> Made {
    let networks: Vec<NetworkValues> = scene
        .site
        .networks
        .values()
        .filter_map(|network| of_network(scene, network))
        .collect();
    let mut values = Values {
        header: String::new(),
        server: &scene.site.server.url,
        next_server: next_server(&scene.site.server.url),
        networks,
        targets: targets(scene).into_iter().map(of_target).collect(),
        bios: of_firmware(Firmware::Bios),
        efi64: of_firmware(Firmware::Uefi),
        http64: of_firmware(Firmware::UefiHttp),
        pxelinux: PXELINUX,
        script: SCRIPT,
        hosts: String::new(),
        hosts_of_none: reservation::for_kea(scene, None),
    };
    let mut files = Vec::new();
    let mut problems: Vec<Diagnostic> = Vec::new();
    for (name, with_addresses) in [
        ("dnsmasq.conf", true),
        ("dnsmasq-proxy.conf", false),
        ("kea-dhcp4.json", true),
    ] {
        let template = format!("dhcp/{name}");
        values.header = header(scene, &template, None);
        values.hosts = reservation::for_dnsmasq(scene, with_addresses);
        match rendered(scene, &template, &values) {
            Ok(file) => files.push((format!("{DHCP}/{name}"), file)),
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

/// The server's address, where its URL has one and no name.
fn next_server(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = authority.split(':').next()?;
    match host.parse() {
        Ok(Address::Fixed(address)) => Some(address.to_string()),
        _ => None,
    }
}

fn of_firmware(firmware: Firmware) -> FirmwareValues {
    FirmwareValues {
        architectures: firmware.architectures(),
        test: firmware.test(),
    }
}

fn of_target(target: Target) -> TargetValues {
    TargetValues {
        tag: reservation::tag(target),
        shim: loader::shim(target),
        http: loader::http(target),
        proxied: loader::proxied(target),
    }
}

fn of_network(scene: &Scene<'_>, network: &SiteNetwork) -> Option<NetworkValues> {
    let prefix = network.address.as_ref()?.value;
    let name = network.name.value.clone();
    let address = prefix.address.to_string();
    let range = network.dhcp.as_ref();
    // These options take addresses; time servers with names are left to the installers.
    let v4 = |text: String| {
        let fixed = matches!(text.parse(), Ok(Address::Fixed(_)));
        fixed.then_some(text)
    };
    let dns = network.dns.iter().filter_map(|dns| v4(dns.to_string()));
    let ntp = network.ntp.iter().filter_map(|ntp| v4(ntp.value.clone()));
    let domain = network.domain.as_ref().or(scene.site.domain.as_ref());
    let mut values = NetworkValues {
        tag: format!("net-{name}"),
        subnet: prefix.to_string(),
        netmask: prefix.netmask().to_string(),
        range: match range {
            Some((from, to)) => format!("{},{}", from.value, to.value),
            None => format!("{address},static"),
        },
        pool: range.map(|(from, to)| format!("{} - {}", from.value, to.value)),
        gateway: network
            .gateway
            .as_ref()
            .map(|gateway| gateway.value.to_string()),
        dns: dns.collect(),
        ntp: ntp.collect(),
        domain: domain.map(|domain| domain.value.clone()),
        mtu: network.mtu.as_ref().map(|mtu| mtu.value),
        options: String::new(),
        hosts: reservation::for_kea(scene, Some(&name)),
        address,
        name,
    };
    values.options = kea_options(&values);
    Some(values)
}

/// The options of a network as Kea writes them.
fn kea_options(network: &NetworkValues) -> String {
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
    let options = [
        ("routers", network.gateway.clone()),
        ("domain-name-servers", list(&network.dns)),
        ("ntp-servers", list(&network.ntp)),
        ("domain-name", network.domain.clone()),
        ("interface-mtu", network.mtu.map(|mtu| mtu.to_string())),
    ];
    let elements = options.into_iter().filter_map(|(name, data)| {
        data.map(|data| format!("          {}", json!({ "name": name, "data": data })))
    });
    elements.collect::<Vec<_>>().join(",\n")
}
