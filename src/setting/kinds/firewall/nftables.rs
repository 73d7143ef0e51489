//! The rules of nftables, as one whole file.

use std::fmt::Write as _;

use super::declare::{FirewallPart, FirewallPolicy, FirewallValue};
use super::ruleset::{Chain, RuleSet, read};

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
    let set = read(text);
    if value.is_about(FirewallPart::Rules) && set.tables.is_empty() {
        return Some(("there is no table".to_owned(), None));
    }
    let of_hooks = value.is_about(FirewallPart::Chains) || value.is_about(FirewallPart::Policy);
    if of_hooks && let Some(found) = fault_of_hooks(value, &set) {
        return Some(found);
    }
    let own: Vec<&str> = rules(&set).map(|(_, rule)| rule.as_str()).collect();
    if value.loopback && value.is_about(FirewallPart::Loopback) {
        let has = |needed: &[&str]| {
            own.iter()
                .any(|rule| needed.iter().all(|word| rule.contains(word)))
        };
        let lo = has(&["iif", "lo", "accept"]);
        if !lo || !has(&["ip saddr 127.0.0.0/8", "drop"]) || !has(&["ip6 saddr ::1", "drop"]) {
            let found = "the rules of the loopback are not all there";
            return Some((found.to_owned(), None));
        }
    }
    match value.is_about(FirewallPart::Open) {
        true => fault_of_ports(value, &set),
        false => None,
    }
}

/// The rules that what comes in may meet.
fn rules(set: &RuleSet) -> impl Iterator<Item = &(usize, String)> {
    let others = ["output", "forward", "postrouting"];
    let chains = set.chains.iter().filter(move |chain| {
        let hook = chain.hook.as_deref();
        hook.is_none_or(|hook| !others.contains(&hook))
    });
    chains.flat_map(|chain| &chain.rules)
}

/// Whether all directions meet a chain of both versions of IP, which drops what no rule names.
fn fault_of_hooks(value: &FirewallValue, set: &RuleSet) -> Option<(String, Option<usize>)> {
    for hook in ["input", "forward", "output"] {
        for (version, family) in [("IPv4", "ip"), ("IPv6", "ip6")] {
            let chains = set.chains.iter().filter(|chain| {
                let same = chain.family == family || chain.family == "inet";
                same && chain.hook.as_deref() == Some(hook)
            });
            let chains: Vec<&Chain> = chains.collect();
            let Some(first) = chains.first() else {
                let found = format!("no base chain hooks {hook} for {version}");
                return Some((found, None));
            };
            if !value.is_about(FirewallPart::Policy) {
                continue;
            }
            // Every chain of a hook sees a packet, so that one which drops is enough.
            let dropping: Vec<_> = chains.iter().filter(|chain| drops(chain)).collect();
            if dropping.iter().any(|chain| accepts_all(chain).is_none()) {
                continue;
            }
            return Some(match dropping.iter().find_map(|chain| accepts_all(chain)) {
                Some(line) => (format!("{hook} accepts everything"), Some(line)),
                None => {
                    let found = format!("what {hook} does not name is let through");
                    (found, Some(first.line))
                }
            });
        }
    }
    None
}

fn drops(chain: &Chain) -> bool {
    chain.policy.as_deref() == Some("drop")
}

/// The line of a rule that accepts whatever comes.
fn accepts_all(chain: &Chain) -> Option<usize> {
    let mut rules = chain.rules.iter();
    let all = rules.find(|(_, rule)| {
        let words: Vec<&str> = rule.split(' ').filter(|word| *word != "counter").collect();
        words == ["accept"]
    });
    all.map(|(line, _)| *line)
}

/// Whether the open ports are those that are demanded.
fn fault_of_ports(value: &FirewallValue, set: &RuleSet) -> Option<(String, Option<usize>)> {
    let mut open = Vec::new();
    for (index, rule) in rules(set) {
        let Some((before, after)) = rule.split_once(" dport ") else {
            continue;
        };
        let Some((ports, _)) = after.split_once(" accept") else {
            continue;
        };
        let protocol = before.rsplit(' ').next().unwrap_or_default();
        let ports = ports.split(['{', '}', ' ', ',']).filter(|ports| {
            let number = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '-');
            !ports.is_empty() && (number(ports) || ports.starts_with(char::is_alphabetic))
        });
        let ports = ports.take_while(|word| *word != "counter" && *word != "ct");
        open.extend(ports.map(|ports| (format!("{ports}/{protocol}"), *index)));
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
