//! The policy about signatures that podman and skopeo read (containers-policy.json(5)).

use std::collections::BTreeMap;
use std::fs;
use std::io;

use serde::Deserialize;

use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::registry::Reference;

/// Where it is.
const PATH: &str = "/etc/containers/policy.json";

#[derive(Deserialize)]
struct Policy {
    default: Vec<Requirement>,
    #[serde(default)]
    transports: BTreeMap<String, BTreeMap<String, Vec<Requirement>>>,
}

#[derive(Deserialize)]
struct Requirement {
    #[serde(rename = "type")]
    kind: String,
}

/// Refuses an image that the machine's policy does not let in; no policy lets everything in.
pub(in crate::host) fn check_policy(machine: &Machine, reference: &Reference) -> Result<(), Error> {
    let path = machine.file(PATH);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(Error::file("reading", &path))?,
    };
    refusal(&text, reference).map_or(Ok(()), |why| {
        Err(Error::Policy {
            path: PATH,
            reference: reference.to_string(),
            why,
        })
    })
}

/// Why a policy does not let an image in.
fn refusal(text: &str, reference: &Reference) -> Option<String> {
    let policy: Policy = match serde_json::from_str(text) {
        Ok(policy) => policy,
        Err(error) => return Some(format!("it is not valid ({error})")),
    };
    let docker = policy.transports.get("docker");
    let found = scopes(reference)
        .into_iter()
        .find_map(|scope| docker?.get(&scope));
    let found = found.or_else(|| docker?.get("")).unwrap_or(&policy.default);
    if found.is_empty() {
        return Some("it has no requirement for it, which lets nothing in".to_owned());
    }
    let kinds = found.iter().map(|one| one.kind.as_str());
    kinds
        .filter(|kind| *kind != "insecureAcceptAnything")
        .map(|kind| match kind {
            "reject" => "it rejects it".to_owned(),
            kind => format!(
                "it demands a signature (`{kind}`), and this terroir cannot verify signatures \
                 yet; nothing was fetched"
            ),
        })
        .next()
}

/// The scopes that a policy may name an image by, the closest first.
fn scopes(reference: &Reference) -> Vec<String> {
    let name = format!("{}/{}", reference.registry(), reference.repository());
    let mut scopes = vec![reference.to_string()];
    let mut above = Some(name.as_str());
    while let Some(scope) = above {
        scopes.push(scope.to_owned());
        above = scope.rsplit_once('/').map(|(above, _)| above);
    }
    let host = reference.registry().split(':').next().unwrap_or_default();
    let mut domain = host;
    while let Some((_, rest)) = domain.split_once('.') {
        scopes.push(format!("*.{rest}"));
        domain = rest;
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_scope_decides() {
        let accept = r#"[{"type":"insecureAcceptAnything"}]"#;
        let signed = r#"[{"type":"sigstoreSigned","keyPath":"/k"}]"#;
        let policy = |default: &str, scopes: &str| {
            format!(r#"{{"default":{default},"transports":{{"docker":{{{scopes}}}}}}}"#)
        };
        let reject = r#"[{"type":"reject"}]"#;
        let cases = [
            (policy(accept, ""), None),
            (policy(signed, ""), Some("sigstoreSigned")),
            (policy(reject, ""), Some("rejects")),
            ("{}".to_owned(), Some("not valid")),
            (r#"{"default":[]}"#.to_owned(), Some("lets nothing in")),
            (
                policy(reject, &format!(r#""registry.example.org/os":{accept}"#)),
                None,
            ),
            (
                policy(
                    accept,
                    &format!(r#""registry.example.org/os/web:1":{signed}"#),
                ),
                Some("signature"),
            ),
            (
                policy(accept, &format!(r#""registry.example.org/o":{signed}"#)),
                None,
            ),
            (
                policy(accept, &format!(r#""*.example.org":{signed}"#)),
                Some("signature"),
            ),
            (
                policy(accept, &format!(r#""":{signed}"#)),
                Some("signature"),
            ),
        ];
        let reference = Reference::parse("registry.example.org/os/web:1").expect("valid");
        for (text, expected) in cases {
            let found = refusal(&text, &reference);
            match expected {
                None => assert_eq!(found, None, "{text}"),
                Some(words) => assert!(
                    found.clone().is_some_and(|why| why.contains(words)),
                    "{text}: {found:?}"
                ),
            }
        }
    }
}
