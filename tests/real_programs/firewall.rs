//! Policies of nftables' chains, as the kernel has them after `nft` loaded a file.

use std::fmt::Write as _;

use serde_json::{Value, json};
use terroir::setting::{Kind, Outcome};

use crate::judge::{is_root, is_there};
use crate::random::{Random, cases};
use crate::root::{Root, agree, ask, check};

const FAMILIES: &[&str] = &["inet ", "inet ", "inet ", "ip ", "ip6 ", ""];
const POLICIES: &[&str] = &[
    " policy drop;",
    " policy drop;",
    " policy drop;",
    " policy drop;",
    " policy accept;",
    "",
    "\n\t\tpolicy drop",
];
const RULES: &[&str] = &[
    "ct state established,related accept",
    "iifname \"lo\" accept",
    "tcp dport { 22, 80 } accept",
    "tcp dport {\n\t\t\t443,\n\t\t\t8443\n\t\t} accept",
    "counter accept",
    "# policy drop;",
    "udp dport 53 accept comment \"policy accept;\"",
    "reject",
];

fn chain(random: &mut Random, hook: &str) -> String {
    let name = random.one(&["IN", "named"]);
    let priority = random.one(&["0", "filter", "-1"]);
    let end = random.one(&[" ", "\n\t\t"]);
    let policy = random.one(POLICIES);
    let mut text = format!(
        "\tchain {hook}{name} {{{end}type filter hook {hook} priority {priority};{policy}\n"
    );
    for _ in 0..random.below(3) {
        let _ = writeln!(text, "\t\t{}", random.one(RULES));
    }
    text.push_str("\t}\n");
    text
}

fn rules(random: &mut Random) -> String {
    let mut text = String::from("#!/usr/sbin/nft -f\n");
    let first = ["flush ruleset\n", "", "define PORTS = { 22, 80 }\n"];
    text.push_str(random.one::<&str>(&first));
    for _ in 0..=random.below(3) {
        let family = random.one(FAMILIES);
        let table = random.one(&["filter", "other"]);
        let _ = writeln!(text, "table {family}{table} {{");
        if random.chance(20) {
            text.push_str("\tset s {\n\t\ttype inet_service\n\t\telements = { 1, 2 }\n\t}\n");
        }
        for hook in ["input", "forward", "output"] {
            if random.chance(88) {
                text.push_str(&chain(random, hook));
            }
        }
        text.push_str("}\n");
        if random.chance(10) {
            text.push_str("flush ruleset\n");
        }
        if random.chance(15) {
            let hook = random.one(&["input", "forward", "output"]);
            let policy = random.one(&["drop", "accept"]);
            let _ = writeln!(
                text,
                "add table inet late\nadd chain inet late {hook} {{ type filter hook {hook} priority 5 ; policy {policy} ; }}"
            );
        }
    }
    text
}

/// Whether everything meets a chain that drops, for both versions of IP.
fn drops(json: &Value) -> bool {
    let all = json["nftables"].as_array().into_iter().flatten();
    let all: Vec<&Value> = all.collect();
    let chains: Vec<&Value> = all.iter().filter_map(|one| one.get("chain")).collect();
    let accepts = |chain: &Value| {
        let rules = all.iter().filter_map(|one| one.get("rule"));
        let own = rules.filter(|rule| {
            let same = |key: &str, of: &str| rule[key] == chain[of];
            same("family", "family") && same("table", "table") && same("chain", "name")
        });
        let mut own = own.map(|rule| rule["expr"].as_array().cloned().unwrap_or_default());
        own.any(|expressions| {
            let mut left = expressions
                .iter()
                .filter(|one| one.get("counter").is_none());
            left.next().is_some_and(|one| one.get("accept").is_some())
        })
    };
    ["input", "forward", "output"].iter().all(|hook| {
        ["ip", "ip6"].iter().all(|family| {
            let mut own = chains.iter().filter(|chain| {
                let same = chain["family"] == *family || chain["family"] == "inet";
                same && chain["hook"] == *hook && chain["policy"] == "drop"
            });
            own.any(|chain| !accepts(chain))
        })
    })
}

const LOAD: &str = "for case in \"$1\"/*; do nft flush ruleset; \
     nft -f \"$case/etc/nftables.conf\" 2>/dev/null && nft -j list ruleset >\"$case/json\"; done";

#[test]
fn policies_are_those_of_the_kernel() {
    if !is_root() || !["unshare", "nft"].iter().all(|one| is_there(one)) {
        return;
    }
    let mut random = Random::new(13);
    let root = Root::new();
    let tried = cases();
    let mut told = Vec::new();
    for number in 0..tried {
        let text = rules(&mut random);
        root.write(&format!("{number:05}/etc/nftables.conf"), &text);
        told.push(text);
    }
    let place = root.path().display().to_string();
    ask("unshare", &["-n", "sh", "-c", LOAD, "sh", &place]);
    let (mut judged, mut dropping, mut wrong) = (0, 0, Vec::new());
    for (number, text) in told.iter().enumerate() {
        let case = root.path().join(format!("{number:05}"));
        let Ok(json) = std::fs::read(case.join("json")) else {
            continue;
        };
        judged += 1;
        let theirs = drops(&serde_json::from_slice(&json).expect("JSON"));
        dropping += usize::from(theirs);
        let value = json!({"program": "nftables", "policy": "drop", "loopback": false, "open": [], "about": ["policy"]});
        let snapshot = terroir::tree::Snapshot::of_directory(&case).expect("readable");
        let checked = check(Kind::FIREWALL, "rules", &value, &snapshot);
        if (checked.outcome == Outcome::Met) != theirs {
            wrong.push(format!("nft {theirs}, we: {}\n{text}", checked.found));
        }
    }
    assert!(
        judged * 10 > tried * 7 && dropping > tried / 20,
        "{judged}, {dropping}"
    );
    agree("firewall", judged, &wrong);
}
