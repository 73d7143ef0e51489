//! The finish phase: what is done once per flavour, after all its entries and before the record.
//!
//! Whatever later needs to run last hangs in [`actions`]; the order is that of [`FinishRequest`].

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::action::{Action, Content, Owner};
use crate::module::FinishRequest;
use crate::path::TreePath;

use super::error::StepError;
use super::state::State;

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

/// The name of a finish step in history and progress.
pub(super) fn label(request: FinishRequest) -> String {
    match request {
        FinishRequest::TrustStore => "finish: trust store".to_owned(),
    }
}

/// What a request does to the root as it stands after all entries.
pub(super) fn actions(request: FinishRequest, state: &State) -> Result<Vec<Action>, StepError> {
    match request {
        FinishRequest::TrustStore => trust_store(state),
    }
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
    let mut held: BTreeSet<String> = certificates(bundle).map(|(_, body)| body).collect();
    let mut out = bundle.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for (block, body) in added.iter().flat_map(|text| certificates(text)) {
        if held.insert(body) {
            out.push_str(&block);
            out.push('\n');
        }
    }
    out
}

/// The certificates of a PEM text (RFC 7468): each block as written, and its body without white space.
fn certificates(text: &str) -> impl Iterator<Item = (String, String)> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    text.split(BEGIN).skip(1).filter_map(|rest| {
        let (body, _) = rest.split_once(END)?;
        let block = format!("{BEGIN}{}{END}", body.replace('\r', ""));
        Some((block, body.split_whitespace().collect()))
    })
}
