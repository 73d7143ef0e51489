//! The rules that people give ufw, as it writes them itself.

use std::fmt::Write as _;

use super::declare::FirewallValue;

const START: &str = "### RULES ###";
const END: &str = "### END RULES ###";

/// The rules of one version of IP.
pub(super) fn rules(value: &FirewallValue, is_v6: bool) -> String {
    let (any, own, chain) = match is_v6 {
        true => ("::/0", "::1", "ufw6-user"),
        false => ("0.0.0.0/0", "127.0.0.0/8", "ufw-user"),
    };
    let mut text = String::new();
    if value.loopback {
        let _ = write!(
            text,
            "\n### tuple ### allow any any {any} any {any} in_lo\n-A {chain}-input -i lo -j ACCEPT\n\
             \n### tuple ### allow any any {any} any {any} out_lo\n-A {chain}-output -o lo -j ACCEPT\n\
             \n### tuple ### deny any any {any} any {own} in\n-A {chain}-input -s {own} -j DROP\n"
        );
    }
    for open in &value.open {
        let protocol = open.protocol.name();
        let (ports, module) = match open.first == open.last {
            true => (open.first.to_string(), ""),
            false => (open.ports(':'), "-m multiport "),
        };
        let option = if module.is_empty() {
            "--dport"
        } else {
            "--dports"
        };
        let _ = write!(
            text,
            "\n### tuple ### allow {protocol} {ports} {any} any {any} in\n\
             -A {chain}-input -p {protocol} {module}{option} {ports} -j ACCEPT\n"
        );
    }
    text.push('\n');
    text
}

/// The section of a file that holds the rules.
pub(super) fn section(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(START)?;
    let (rules, after) = rest.split_once(END)?;
    Some((before, rules, after))
}

/// A file with other rules; none when it has no section for them.
pub(super) fn with_rules(text: &str, rules: &str) -> Option<String> {
    let (before, _, after) = section(text)?;
    Some(format!("{before}{START}\n{rules}{END}{after}"))
}
