//! `type: trust-store`: certificate authorities that the system trusts (PEM, RFC 7468).

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::{Action, Content, Owner};
use crate::module::module_type::{Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, FinishRequest, Surroundings};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::path::TreePath;

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "trust-store",
    does: "Makes the system trust certificate authorities.",
    example: "type: trust-store\nfamily: debian\nauthorities: [acme-root.pem]\n",
    forms: &[Form::of::<TrustStore>(NATIVE)],
};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Configuration of the module type `trust-store`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct TrustStore {
    /// Files with certificates in PEM form.
    pub authorities: Vec<Sourced<String>>,
    /// The distribution's family, which decides where authorities are put; mostly `{{ family }}`.
    pub family: Family,
}

/// Families of distributions whose place for authorities is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::module) enum Family {
    /// Debian, Ubuntu and their relatives (update-ca-certificates(8)).
    Debian,
    /// Fedora, RHEL and their relatives (update-ca-trust(8)).
    Fedora,
}

impl Family {
    /// The folder that the distribution adds authorities from.
    fn anchors(self) -> &'static str {
        match self {
            Self::Debian => "/usr/local/share/ca-certificates",
            Self::Fedora => "/etc/pki/ca-trust/source/anchors",
        }
    }
}

impl Configuration for TrustStore {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut places: BTreeMap<String, (&Origin, String)> = BTreeMap::new();
        let mut wrong = Vec::new();
        for path in &self.authorities {
            let input = match around.inputs.file(path) {
                Ok(input) => input,
                Err(problem) => {
                    wrong.push(problem);
                    continue;
                }
            };
            let text = around.inputs.text(&input);
            let found = text
                .map_err(Box::new)
                .and_then(|text| certificates(path, &text));
            match found {
                Ok(found) => {
                    for (place, certificate) in named(path, found) {
                        if let Some((first, _)) = places.get(&place) {
                            wrong.push(same_name(path, &place, first));
                        } else {
                            places.insert(place, (&path.origin, certificate));
                        }
                    }
                }
                Err(problem) => wrong.push(*problem),
            }
        }
        let mut compiled = Compiled::default();
        for (place, (origin, certificate)) in places {
            match TreePath::parse(&format!("{}/{place}", self.family.anchors())) {
                Ok(path) => compiled.actions.push(Action::Write {
                    path,
                    content: Content::Text(Arc::from(certificate)),
                    mode: 0o644,
                    owner: Owner::default(),
                }),
                Err(error) => wrong.push(Diagnostic::error(origin, error.to_string())),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if !compiled.actions.is_empty() {
            compiled.finish.push(FinishRequest::TrustStore);
        }
        Ok(compiled)
    }
}

/// Names each certificate of a file: both distributions want one certificate per file.
fn named(path: &str, certificates: Vec<String>) -> impl Iterator<Item = (String, String)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = [".pem", ".crt", ".cer"].into_iter();
    let stem = known.fold(name, |stem, ending| {
        stem.strip_suffix(ending).unwrap_or(stem)
    });
    let stem = stem.to_owned();
    let single = certificates.len() == 1;
    certificates
        .into_iter()
        .enumerate()
        .map(move |(index, certificate)| {
            let name = if single {
                format!("{stem}.crt")
            } else {
                format!("{stem}-{}.crt", index + 1)
            };
            (name, certificate)
        })
}

fn same_name(path: &Sourced<String>, place: &str, first: &Origin) -> Diagnostic {
    Diagnostic::error(
        &path.origin,
        format!("`{path}` would be `{place}`, which is taken"),
    )
    .and(first, "by this file")
    .hint("rename one of the files")
}

/// The certificates of a PEM text, each as it is written into the root; anything but certificates
/// is refused, text around them is dropped.
fn certificates(path: &Sourced<String>, text: &str) -> Result<Vec<String>, Box<Diagnostic>> {
    let refuse = |message: String, hint: &str| {
        Err(Box::new(
            Diagnostic::error(&path.origin, message).hint(hint),
        ))
    };
    if text.contains("PRIVATE KEY-----") {
        return refuse(
            format!("`{path}` holds a private key"),
            "keep it out of the repository and of every image; name the certificate alone",
        );
    }
    if let Some(label) = labels(text).find(|label| *label != "CERTIFICATE") {
        return refuse(
            format!("`{path}` holds `{label}`, only certificates can be trusted"),
            "write it by `openssl x509 -in FILE -out FILE.pem`",
        );
    }
    let mut found = Vec::new();
    for (index, part) in text.split(BEGIN).skip(1).enumerate() {
        let body = part.split_once(END).map(|(body, _)| body);
        match body.and_then(normalised) {
            Some(certificate) => found.push(certificate),
            None => {
                let number = index + 1;
                return refuse(
                    format!("certificate {number} of `{path}` is damaged"),
                    "export it again; `openssl x509 -in FILE -noout -text` must show it",
                );
            }
        }
    }
    if found.is_empty() {
        return refuse(
            format!("`{path}` holds no certificate in PEM form"),
            "it begins with -----BEGIN CERTIFICATE-----; `openssl x509 -inform der` converts others",
        );
    }
    Ok(found)
}

/// What stands behind `-----BEGIN` in a text.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("-----BEGIN ").skip(1);
    parts.filter_map(|rest| rest.split_once("-----").map(|(label, _)| label))
}

/// The PEM block of a base64 body, in lines of 64; none when it is not the DER of one certificate.
fn normalised(body: &str) -> Option<String> {
    let body: String = body.split_whitespace().collect();
    let der = STANDARD.decode(&body).ok()?;
    if !is_one_sequence(&der) {
        return None;
    }
    let mut block = format!("{BEGIN}\n");
    for line in body.as_bytes().chunks(64) {
        block.push_str(std::str::from_utf8(line).ok()?);
        block.push('\n');
    }
    block.push_str(END);
    block.push('\n');
    Some(block)
}

/// Tells whether bytes are exactly one DER SEQUENCE with more than a trivial length (X.690 §8.1).
fn is_one_sequence(der: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = der else {
        return false;
    };
    let octets = usize::from(length & 0x7f);
    if length & 0x80 == 0 || octets > 4 {
        // A certificate is never shorter than 128 bytes.
        return false;
    }
    let Some((length, rest)) = rest.split_at_checked(octets) else {
        return false;
    };
    length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte))
        == rest.len()
}
