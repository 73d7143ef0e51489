//! The finish phase: what is done once per flavour, after all its entries and before the record.
//!
//! Whatever later needs to run last hangs in [`finish_actions`]; the order is that of [`FinishRequest`].

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::action::{Action, Command, Content, LifeCycle, Owner};
use crate::bootable::shape::FORMAT;
use crate::engine::error::StepError;
use crate::engine::root::State;
use crate::module::{FinishRequest, initramfs_commands};
use crate::path::TreePath;

/// Where each family keeps the authorities that were added, and the bundle that programs read.
const TRUST_STORES: [(&str, &str); 2] = [
    (
        "/usr/local/share/ca-certificates",
        "/etc/ssl/certs/ca-certificates.crt",
    ),
    (
        "/etc/pki/ca-trust/source/anchors",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    ),
];

/// The unit that makes host keys, which Debian's packages do only when they are installed.
const KEYS_UNIT: &str = "\
[Unit]
Description=SSH host keys of this machine
Documentation=man:ssh-keygen(1)
Before=ssh.service ssh.socket
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
";

/// Where that unit stands.
const KEYS_PLACE: &str = "/usr/lib/systemd/system/ssh-host-keys.service";

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

const END: &str = "-----END CERTIFICATE-----";

/// The name of a finish step in history and progress.
pub(super) fn finish_label(request: FinishRequest) -> String {
    match request {
        FinishRequest::TrustStore => "finish: trust store".to_owned(),
        FinishRequest::Initramfs => "finish: initramfs".to_owned(),
        FinishRequest::HostKeys => "finish: SSH host keys".to_owned(),
        FinishRequest::Shape(life_cycle) => format!("finish: shape {}", life_cycle.name()),
    }
}

/// What a request does to the root as it stands after all entries.
///
/// Where an entry ran commands, the root's own program makes the stores: it alone knows all that came.
pub(super) fn finish_actions(
    request: FinishRequest,
    state: &State,
    ran: bool,
) -> Result<Vec<Action>, StepError> {
    match request {
        FinishRequest::TrustStore if ran => Ok(vec![run_trust_store()]),
        FinishRequest::TrustStore => trust_store(state),
        FinishRequest::HostKeys => host_keys(),
        FinishRequest::Shape(life_cycle) => Ok(vec![Action::Shape {
            life_cycle,
            format: FORMAT,
        }]),
        FinishRequest::Initramfs => {
            let commands = initramfs_commands().into_iter();
            Ok(commands
                .map(|command| Action::Run(Box::new(command)))
                .collect())
        }
    }
}

/// What the root needs although no entry asked for it: keys, where a step of this flavour installed
/// an SSH server whose own keys never become part of an image.
pub(super) fn implied_requests(state: &State, ran: bool) -> Vec<FinishRequest> {
    let has = |name: &str| {
        let mut places = state.units.files.keys();
        places.any(|path| path.file_name() == name.as_bytes())
    };
    // The servers of Fedora and of Debian 13 make their own.
    let lacking =
        has("ssh.service") && !has("ssh-host-keys.service") && !has("sshd-keygen.service");
    Vec::from_iter((ran && lacking).then_some(FinishRequest::HostKeys))
}

/// The life cycles among requests.
pub(super) fn shapes(requests: &BTreeSet<FinishRequest>) -> impl Iterator<Item = LifeCycle> {
    requests.iter().filter_map(FinishRequest::life_cycle)
}

fn host_keys() -> Result<Vec<Action>, StepError> {
    let wants = "/usr/lib/systemd/system/multi-user.target.wants/ssh-host-keys.service";
    Ok(vec![
        Action::Write {
            path: TreePath::parse(KEYS_PLACE)?,
            content: Content::Text(Arc::from(KEYS_UNIT)),
            mode: 0o644,
            owner: Owner::default(),
        },
        Action::Link {
            path: TreePath::parse(wants)?,
            target: "../ssh-host-keys.service".to_owned(),
        },
    ])
}

fn run_trust_store() -> Action {
    const SCRIPT: &str = "\
        if command -v update-ca-certificates > /dev/null; then update-ca-certificates > /dev/null; fi\n\
        if command -v update-ca-trust > /dev/null; then update-ca-trust extract; fi\n";
    let arguments = ["/bin/sh", "-euc", SCRIPT].map(str::to_owned).to_vec();
    Action::Run(Box::new(Command::new("trust store", arguments)))
}

/// Adds the authorities that this flavour put into the root to the bundle, as update-ca-certificates(8) does.
///
/// The bundle keeps its order, a certificate that it has is not added again. Where the root has no
/// bundle (no ca-certificates package), one is made of the added authorities alone.
fn trust_store(state: &State) -> Result<Vec<Action>, StepError> {
    let mut actions = Vec::new();
    for (folder, bundle) in TRUST_STORES {
        let folder = state
            .table
            .resolve_all(&TreePath::parse(folder)?)
            .map_err(StepError::path(&TreePath::root()))?
            .path;
        let mut added = Vec::new();
        for (path, written) in &state.written {
            if path.starts_with(&folder)
                && let Some(file) = written.file()?
            {
                added.push(String::from_utf8_lossy(&file.bytes).into_owned());
            }
        }
        if added.is_empty() {
            continue;
        }
        let bundle = TreePath::parse(bundle)?;
        let (path, text) = match state.read(&bundle)? {
            Some((path, file)) => (path, String::from_utf8_lossy(&file.bytes).into_owned()),
            None => (bundle, String::new()),
        };
        actions.push(Action::Write {
            path,
            content: Content::Text(Arc::from(extended(&text, &added))),
            mode: 0o644,
            owner: Owner::default(),
        });
    }
    Ok(actions)
}

/// A bundle with every certificate of `added` that it does not hold yet.
fn extended(bundle: &str, added: &[String]) -> String {
    let mut out = bundle.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for body in added.iter().flat_map(|text| certificates(text)) {
        // Compared letter by letter: most differ within the first few of a thousand.
        if !certificates(&out).any(|held| letters(held).eq(letters(body))) {
            let body = body.replace('\r', "");
            out.extend([BEGIN, &body, END, "\n"]);
        }
    }
    out
}

/// The certificates of a PEM text (RFC 7468), without the lines around them.
fn certificates(text: &str) -> impl Iterator<Item = &str> {
    text.split(BEGIN)
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(END)?.0))
}

/// What a certificate says, however its lines are broken.
fn letters(body: &str) -> impl Iterator<Item = u8> {
    body.bytes().filter(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::extended;

    fn pem(body: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn a_bundle_takes_each_certificate_once() {
        let bundle = pem("AAAA\nBBBB") + &pem("CCCC");
        let rewrapped = pem("AA\r\nAABB\r\nBB");
        let new = pem("AAAA\r\nBBBC");
        let out = extended(&bundle, &[rewrapped, new.clone() + &new]);
        assert_eq!(out, bundle + &pem("AAAA\nBBBC"));
        assert_eq!(extended("", &[pem("AAAA")]), pem("AAAA"));
        assert_eq!(extended("# no end of line", &[]), "# no end of line\n");
    }
}
