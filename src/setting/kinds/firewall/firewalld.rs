//! The zones of firewalld (firewalld.zone(5)).

use std::fmt::Write as _;

use super::declare::{FirewallPolicy, FirewallValue};

/// The zone that everything comes in by that no other zone claims.
pub(super) fn zone(value: &FirewallValue) -> String {
    let target = match value.policy {
        FirewallPolicy::Drop => "DROP",
        FirewallPolicy::Reject => "%%REJECT%%",
    };
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<zone target=\"{target}\">\n\
         \x20 <short>terroir</short>\n\
         \x20 <description>Written by terroir from the settings of this image.</description>\n"
    );
    for open in &value.open {
        let _ = writeln!(
            text,
            "  <port protocol=\"{}\" port=\"{}\"/>",
            open.protocol.name(),
            open.ports('-')
        );
    }
    if value.loopback {
        for (family, own) in [("ipv4", "127.0.0.0/8"), ("ipv6", "::1")] {
            let _ = write!(
                text,
                "  <rule family=\"{family}\">\n    <source address=\"{own}\"/>\n    <drop/>\n  </rule>\n"
            );
        }
    }
    text.push_str("</zone>\n");
    text
}

/// The zone in which the machine talks to itself.
pub(super) const TRUSTED: &str = "\
<?xml version=\"1.0\" encoding=\"utf-8\"?>
<zone target=\"ACCEPT\">
  <short>Trusted</short>
  <description>Written by terroir: the machine talks to itself.</description>
  <interface name=\"lo\"/>
</zone>
";
