//! The rules of nftables, as one whole file.

use std::fmt::Write as _;

use super::declare::{FirewallPart, FirewallPolicy, FirewallValue};

/// The file that nftables.service loads.
pub(super) fn text(value: &FirewallValue) -> String {
    let mut text = String::from(
        "#!/usr/sbin/nft -f\n\
         # Written by terroir from the settings of this image.\n\n\
         flush ruleset\n\n\
         table inet filter {\n\
         \tchain input {\n\
         \t\ttype filter hook input priority filter; policy drop;\n",
    );
    if value.loopback {
        text.push_str(
            "\t\tiifname \"lo\" accept\n\
             \t\tip saddr 127.0.0.0/8 drop\n\
             \t\tip6 saddr ::1 drop\n",
        );
    }
    // Without these messages neither the size of packets nor neighbours of IPv6 are found.
    text.push_str(
        "\t\tct state established,related accept\n\
         \t\tct state invalid drop\n\
         \t\ticmp type { destination-unreachable, time-exceeded, parameter-problem, echo-request } accept\n\
         \t\ticmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, \
         echo-request, nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, \
         mld-listener-query } accept\n",
    );
    for open in &value.open {
        let _ = writeln!(
            text,
            "\t\t{} dport {} accept",
            open.protocol.name(),
            open.ports('-')
        );
    }
    if value.policy == FirewallPolicy::Reject {
        text.push_str("\t\treject\n");
    }
    text.push_str(
        "\t}\n\
         \tchain forward {\n\
         \t\ttype filter hook forward priority filter; policy drop;\n\
         \t}\n\
         \tchain output {\n\
         \t\ttype filter hook output priority filter; policy drop;\n",
    );
    if value.loopback {
        text.push_str("\t\toifname \"lo\" accept\n");
    }
    text.push_str(
        "\t\tct state established,related,new accept\n\
         \t\tmeta l4proto { icmp, ipv6-icmp } accept\n\
         \t}\n}\n",
    );
    text
}

/// What a rule set lacks, or lets in besides; none when nothing. The line is counted from 0.
pub(super) fn fault(value: &FirewallValue, text: &str) -> Option<(String, Option<usize>)> {
    let lines: Vec<(usize, String)> = text
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let line = line.split('#').next().unwrap_or_default();
            (index, line.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect();
    if value.is_about(FirewallPart::Rules) && !lines.iter().any(|(_, line)| is_table(line)) {
        return Some(("there is no table".to_owned(), None));
    }
    let (chains, policy) = (
        value.is_about(FirewallPart::Chains),
        value.is_about(FirewallPart::Policy),
    );
    for hook in ["input", "forward", "output"] {
        let chain = lines
            .iter()
            .find(|(_, line)| line.contains(&format!("type filter hook {hook} ")));
        match chain {
            None if chains || policy => {
                return Some((format!("no base chain hooks {hook}"), None));
            }
            Some((index, line)) if policy && !line.contains("policy drop") => {
                return Some((
                    format!("what {hook} does not name is let through"),
                    Some(*index),
                ));
            }
            _ => {}
        }
    }
    if value.loopback && value.is_about(FirewallPart::Loopback) {
        let has = |needed: &[&str]| {
            lines
                .iter()
                .any(|(_, line)| needed.iter().all(|word| line.contains(word)))
        };
        let own = has(&["iif", "lo", "accept"]);
        if !own || !has(&["ip saddr 127.0.0.0/8", "drop"]) || !has(&["ip6 saddr ::1", "drop"]) {
            return Some((
                "the rules of the loopback are not all there".to_owned(),
                None,
            ));
        }
    }
    if !value.is_about(FirewallPart::Open) {
        return None;
    }
    let mut open = Vec::new();
    for (index, line) in &lines {
        let Some((before, after)) = line.split_once(" dport ") else {
            continue;
        };
        let Some((ports, _)) = after.split_once(" accept") else {
            continue;
        };
        let protocol = before.rsplit(' ').next().unwrap_or_default();
        let ports = ports.trim_matches(['{', '}', ' ']).split(',');
        open.extend(ports.map(|ports| (format!("{}/{protocol}", ports.trim()), *index)));
    }
    let written =
        |open: &super::declare::Open| format!("{}/{}", open.ports('-'), open.protocol.name());
    let demanded: Vec<String> = value.open.iter().map(written).collect();
    if let Some((ports, index)) = open.iter().find(|(ports, _)| !demanded.contains(ports)) {
        return Some((format!("{ports} is open"), Some(*index)));
    }
    let missing = demanded
        .iter()
        .find(|ports| !open.iter().any(|(there, _)| there == *ports));
    missing.map(|ports| (format!("{ports} is not open"), None))
}

fn is_table(line: &str) -> bool {
    line.starts_with("table ") || line.starts_with("add table ")
}
