//! Options of the kernel's bonding driver: the values of each, and its name in netplan.

use core::net::Ipv4Addr;

use serde_json::{Value, json};

use super::choice::BondMode;
use super::target::Installer;

/// An option of the driver (Documentation/networking/bonding.rst).
#[derive(Clone, Copy, Debug)]
pub(crate) struct BondOption {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    takes: Takes,
    /// What netplan calls it; none when netplan cannot say it.
    netplan: Option<&'static str>,
    /// The modes that it belongs to; all when empty.
    modes: &'static [BondMode],
}

/// What an option takes.
#[derive(Clone, Copy, Debug)]
enum Takes {
    /// A time; the number is written without its unit, which is here for netplan.
    Time(&'static str),
    /// A number within limits.
    Count(u32, u32),
    /// 0 or 1.
    Switch,
    /// One of these words, or its number in this order.
    Word(&'static [&'static str]),
    /// Up to 16 IPv4 addresses.
    Addresses,
    /// An interface of the bond.
    Interface,
    /// A hardware address.
    Hardware,
}

const fn option(name: &'static str, takes: Takes, netplan: &'static str) -> BondOption {
    BondOption {
        name,
        takes,
        netplan: Some(netplan),
        modes: &[],
    }
}

const fn without_netplan(name: &'static str, takes: Takes) -> BondOption {
    BondOption {
        name,
        takes,
        netplan: None,
        modes: &[],
    }
}

const fn only(of: BondOption, modes: &'static [BondMode]) -> BondOption {
    BondOption { modes, ..of }
}

use BondMode::{ActiveBackup, BalanceRr, BalanceXor, Lacp};
use Takes::{Addresses, Count, Hardware, Interface, Switch, Time, Word};

/// Every option but `mode`, which has a key of its own.
const OPTIONS: &[BondOption] = &[
    option("miimon", Time("ms"), "mii-monitor-interval"),
    option("updelay", Time("ms"), "up-delay"),
    option("downdelay", Time("ms"), "down-delay"),
    without_netplan("peer_notif_delay", Time("ms")),
    option("min_links", Count(0, u32::MAX), "min-links"),
    only(
        option("lacp_rate", Word(&["slow", "fast"]), "lacp-rate"),
        &[Lacp],
    ),
    only(
        without_netplan("lacp_active", Word(&["off", "on"])),
        &[Lacp],
    ),
    option(
        "ad_select",
        Word(&["stable", "bandwidth", "count"]),
        "ad-select",
    ),
    only(
        without_netplan("ad_actor_sys_prio", Count(1, 65535)),
        &[Lacp],
    ),
    only(without_netplan("ad_actor_system", Hardware), &[Lacp]),
    only(without_netplan("ad_user_port_key", Count(0, 1023)), &[Lacp]),
    option(
        "xmit_hash_policy",
        Word(&[
            "layer2",
            "layer3+4",
            "layer2+3",
            "encap2+3",
            "encap3+4",
            "vlan+srcmac",
        ]),
        "transmit-hash-policy",
    ),
    option("all_slaves_active", Switch, "all-slaves-active"),
    only(
        option("arp_interval", Time("ms"), "arp-interval"),
        &[ActiveBackup, BalanceRr, BalanceXor],
    ),
    only(
        option("arp_ip_target", Addresses, "arp-ip-targets"),
        &[ActiveBackup, BalanceRr, BalanceXor],
    ),
    only(
        option(
            "arp_validate",
            Word(&[
                "none",
                "active",
                "backup",
                "all",
                "filter",
                "filter_active",
                "filter_backup",
            ]),
            "arp-validate",
        ),
        &[ActiveBackup, BalanceRr, BalanceXor],
    ),
    option("arp_all_targets", Word(&["any", "all"]), "arp-all-targets"),
    without_netplan("arp_missed_max", Count(1, 255)),
    option(
        "fail_over_mac",
        Word(&["none", "active", "follow"]),
        "fail-over-mac-policy",
    ),
    option("num_grat_arp", Count(0, 255), "gratuitous-arp"),
    without_netplan("num_unsol_na", Count(0, 255)),
    only(
        option("packets_per_slave", Count(0, 65535), "packets-per-slave"),
        &[BalanceRr],
    ),
    only(option("primary", Interface, "primary"), &[ActiveBackup]),
    option(
        "primary_reselect",
        Word(&["always", "better", "failure"]),
        "primary-reselect-policy",
    ),
    option("resend_igmp", Count(0, 255), "resend-igmp"),
    option("lp_interval", Time("s"), "learn-packet-interval"),
    without_netplan("use_carrier", Switch),
    without_netplan("tlb_dynamic_lb", Switch),
];

/// What systemd-networkd calls options.
const NETWORKD: &[(&str, &str)] = &[
    ("miimon", "MIIMonitorSec"),
    ("updelay", "UpDelaySec"),
    ("downdelay", "DownDelaySec"),
    ("min_links", "MinLinks"),
    ("lacp_rate", "LACPTransmitRate"),
    ("ad_select", "AdSelect"),
    ("ad_actor_sys_prio", "AdActorSystemPriority"),
    ("ad_actor_system", "AdActorSystem"),
    ("ad_user_port_key", "AdUserPortKey"),
    ("xmit_hash_policy", "TransmitHashPolicy"),
    ("all_slaves_active", "AllSlavesActive"),
    ("arp_interval", "ARPIntervalSec"),
    ("arp_ip_target", "ARPIPTargets"),
    ("arp_validate", "ARPValidate"),
    ("arp_all_targets", "ARPAllTargets"),
    ("fail_over_mac", "FailOverMACPolicy"),
    ("num_grat_arp", "GratuitousARP"),
    ("packets_per_slave", "PacketsPerSlave"),
    ("primary_reselect", "PrimaryReselectPolicy"),
    ("resend_igmp", "ResendIGMP"),
    ("lp_interval", "LearnPacketIntervalSec"),
    ("tlb_dynamic_lb", "DynamicTransmitLoadBalancing"),
];

/// Words that netplan, or networkd behind it, does not take.
const NOT_NETPLAN: [&str; 4] = ["vlan+srcmac", "filter", "filter_active", "filter_backup"];

/// The names of all options.
pub(in crate::kickstart) fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|option| option.name)
}

/// An option by its name.
pub(crate) fn find(name: &str) -> Option<&'static BondOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

impl BondOption {
    /// The value as the driver prints it: numbers of words become words.
    ///
    /// # Errors
    /// What the option takes instead.
    pub(in crate::kickstart) fn value(
        &self,
        text: &str,
        interfaces: &[&str],
    ) -> Result<String, String> {
        let right = match self.takes {
            Time("s") => (
                1..=i32::MAX.unsigned_abs(),
                "a number of seconds: \"1\"".to_owned(),
            ),
            Time(_) => (
                0..=i32::MAX.unsigned_abs(),
                "a number of milliseconds without its unit: \"100\"".to_owned(),
            ),
            Count(least, most) => (least..=most, format!("a number from {least} to {most}")),
            Switch => (0..=1, "\"0\" or \"1\"".to_owned()),
            Word(words) => return word(text, words),
            Addresses => return addresses(text),
            Interface if interfaces.contains(&text) => return Ok(text.to_owned()),
            Interface => return Err(format!("one of {}", interfaces.join(", "))),
            Hardware => {
                let mac: Result<super::mac::Mac, String> = text.parse();
                return mac.map(|mac| mac.to_string());
            }
        };
        let (range, words) = right;
        let number = text
            .parse::<u32>()
            .ok()
            .filter(|number| range.contains(number));
        number.map(|number| number.to_string()).ok_or(words)
    }

    /// Whether it belongs to a mode.
    pub(in crate::kickstart) fn fits(&self, mode: BondMode) -> bool {
        self.modes.is_empty() || self.modes.contains(&mode)
    }

    /// Whether the network configuration of an installer can say this value.
    pub(crate) fn is_known_to(&self, installer: Installer, value: &str) -> bool {
        installer != Installer::Ubuntu || (self.netplan.is_some() && !NOT_NETPLAN.contains(&value))
    }

    /// The name and the value as systemd.netdev(5) has them; none where it cannot say them. The interface
    /// that `primary` names says it itself.
    pub(crate) fn networkd(&self, value: &str) -> Option<(&'static str, String)> {
        let name = NETWORKD.iter().find(|(name, _)| *name == self.name)?.1;
        if NOT_NETPLAN.contains(&value) {
            return None;
        }
        let said = match self.takes {
            Time(unit) => format!("{value}{unit}"),
            Addresses => value.replace(',', " "),
            Count(..) | Switch | Word(_) | Interface | Hardware => value.to_owned(),
        };
        Some((name, said))
    }

    /// The name and the value as netplan writes them.
    pub(in crate::kickstart) fn netplan(&self, value: &str) -> Option<(&'static str, Value)> {
        let said = match self.takes {
            Time(unit) => json!(format!("{value}{unit}")),
            Count(..) => json!(value.parse::<u32>().ok()?),
            Switch => json!(value == "1"),
            Addresses => json!(value.split(',').collect::<Vec<_>>()),
            Word(_) | Interface | Hardware => json!(value),
        };
        Some((self.netplan?, said))
    }
}

fn word(text: &str, words: &[&str]) -> Result<String, String> {
    let numbered = text
        .parse::<usize>()
        .ok()
        .and_then(|number| words.get(number));
    let found = numbered.or_else(|| words.iter().find(|word| **word == text));
    found
        .map(|word| (*word).to_owned())
        .ok_or_else(|| format!("one of {}", words.join(", ")))
}

fn addresses(text: &str) -> Result<String, String> {
    let all: Vec<&str> = text.split(',').map(str::trim).collect();
    let plain = all.iter().all(|one| one.parse::<Ipv4Addr>().is_ok());
    match plain && all.len() <= 16 {
        true => Ok(all.join(",")),
        false => Err("up to 16 IPv4 addresses: \"192.0.2.1,192.0.2.2\"".to_owned()),
    }
}
