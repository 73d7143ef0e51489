//! Firewalls as documents declare them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Diagnostic, Sourced};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};

impl Kind {
    /// What may come in over the network.
    pub const FIREWALL: Self = Self::named("firewall");
}

/// The firewall as a document declares it: one of its programs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirewallDeclaration {
    /// Rules that systemd loads from `/etc/nftables.conf`.
    #[serde(default)]
    pub nftables: Option<Sourced<FirewallRules>>,
    /// Ubuntu's front of iptables.
    #[serde(default)]
    pub ufw: Option<Sourced<FirewallRules>>,
    /// Fedora's daemon with zones.
    #[serde(default)]
    pub firewalld: Option<Sourced<FirewallRules>>,
}

/// What is let in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirewallRules {
    /// What becomes of everything else.
    #[serde(default)]
    pub policy: FirewallPolicy,
    /// Whether the machine may talk to itself, and nobody may pretend to be it.
    #[serde(default)]
    pub loopback: bool,
    /// Ports that are open to all: `22/tcp`, `8000-8010/udp`.
    #[serde(default)]
    pub open: Vec<Sourced<String>>,
    /// What the demand is about, when it is not about all of it.
    #[serde(default)]
    pub about: Vec<FirewallPart>,
}

/// A part of what a firewall does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallPart {
    /// That there are rules at all.
    Rules,
    /// That all directions meet rules.
    Chains,
    /// That what no rule names stays outside.
    Policy,
    /// That the machine may talk to itself, and nobody may pretend to be it.
    Loopback,
    /// Which ports are open.
    Open,
}

/// What becomes of what is not let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallPolicy {
    /// It gets no answer.
    #[default]
    Drop,
    /// It is told so.
    Reject,
}

/// The canonical value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirewallValue {
    pub(super) program: Program,
    pub(super) policy: FirewallPolicy,
    pub(super) loopback: bool,
    pub(super) open: Vec<Open>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) about: Vec<FirewallPart>,
}

impl FirewallValue {
    /// Whether a part is demanded.
    pub(super) fn is_about(&self, part: FirewallPart) -> bool {
        self.about.is_empty() || self.about.contains(&part)
    }
}

/// The program that filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Program {
    Nftables,
    Ufw,
    Firewalld,
}

/// Ports that are open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) protocol: Protocol,
    pub(super) first: u16,
    pub(super) last: u16,
}

/// The protocol of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

impl Protocol {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl Open {
    /// Reads `22/tcp` or `8000-8010/udp`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (ports, protocol) = text.split_once('/')?;
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return None,
        };
        (0 < first && first <= last).then_some(Self {
            protocol,
            first,
            last,
        })
    }

    /// The ports, with a sign between the first and the last.
    pub(super) fn ports(&self, between: char) -> String {
        match self.first == self.last {
            true => self.first.to_string(),
            false => format!("{}{between}{}", self.first, self.last),
        }
    }
}

/// The one name of this kind, so that two programs are one contradiction.
const NAME: &str = "rules";

/// Reads the firewall as written.
pub(in crate::setting) fn declare(
    firewall: &FirewallDeclaration,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let mut said = [
        (Program::Nftables, &firewall.nftables),
        (Program::Ufw, &firewall.ufw),
        (Program::Firewalld, &firewall.firewalld),
    ]
    .into_iter()
    .filter_map(|(program, rules)| Some((program, rules.as_ref()?)));
    let Some((program, rules)) = said.next() else {
        return Ok(Vec::new());
    };
    if let Some((_, second)) = said.next() {
        return Err(vec![
            Diagnostic::error(&second.origin, "two programs would filter the network")
                .and(&rules.origin, "the first is here")
                .hint("keep one of them"),
        ]);
    }
    let (mut open, mut wrong) = (Vec::new(), Vec::new());
    for text in &rules.open {
        match Open::parse(text) {
            Some(ports) => open.push(ports),
            None => wrong.push(
                Diagnostic::error(&text.origin, format!("`{text}` is not a port"))
                    .hint("write number/tcp or number/udp, for example 22/tcp or 8000-8010/udp"),
            ),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    open.sort();
    open.dedup();
    let value = FirewallValue {
        program,
        policy: rules.policy,
        loopback: rules.loopback,
        open,
        about: rules.about.clone(),
    };
    Ok(vec![Setting {
        kind: Kind::FIREWALL,
        name: NAME.to_owned(),
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: rules.origin.clone(),
    }])
}

/// `nftables drops all but 22/tcp`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let value: FirewallValue = typed(Kind::FIREWALL, name, value)?;
    let program = match value.program {
        Program::Nftables => "nftables",
        Program::Ufw => "ufw",
        Program::Firewalld => "firewalld",
    };
    if !value.about.is_empty() {
        let parts = value.about.iter().map(|part| match part {
            FirewallPart::Rules => "has rules",
            FirewallPart::Chains => "sees all that comes in, goes out and passes through",
            FirewallPart::Policy => "lets in nothing that no rule names",
            FirewallPart::Loopback => "keeps the loopback network inside",
            FirewallPart::Open => "opens the ports that are named",
        });
        return Ok(format!(
            "{program} {}",
            parts.collect::<Vec<_>>().join(", ")
        ));
    }
    let does = match value.policy {
        FirewallPolicy::Drop => "drops",
        FirewallPolicy::Reject => "rejects",
    };
    let open = value.open.iter();
    let open = open.map(|open| format!("{}/{}", open.ports('-'), open.protocol.name()));
    let open: Vec<String> = open.collect();
    Ok(match open.is_empty() {
        true => format!("{program} {does} everything that comes in"),
        false => format!("{program} {does} all that comes in but {}", open.join(", ")),
    })
}
