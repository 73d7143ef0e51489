//! The settings of PAM as documents declare them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::account::is_account_name;
use crate::setting::input::scalar::Scalar;

impl Kind {
    /// The stacks of PAM.
    pub const PAM: Self = Self::named("pam");
}

/// How many passwords are remembered where a document says only `true`.
const REMEMBERED: u32 = 24;

/// The stacks of PAM as a document declares them; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PamDeclaration {
    /// Whether accounts are locked after failed logins (faillock.conf(5) says how many).
    #[serde(default)]
    pub faillock: Option<Sourced<bool>>,
    /// Whether new passwords are checked (pwquality.conf(5) says how).
    #[serde(default)]
    pub pwquality: Option<Sourced<bool>>,
    /// Whether old passwords are refused, or how many of them; `true` is 24.
    #[serde(default)]
    pub pwhistory: Option<Sourced<Scalar>>,
    /// Whether an empty password lets somebody in.
    #[serde(default)]
    pub nullok: Option<Sourced<bool>>,
    /// The group whose members alone may use su.
    #[serde(default)]
    pub wheel: Option<Sourced<String>>,
    /// How new passwords are hashed.
    #[serde(default)]
    pub unix_hash: Option<Sourced<UnixHash>>,
}

/// How pam_unix hashes a new password (crypt(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnixHash {
    /// `$y$`, the default of Debian and Ubuntu.
    Yescrypt,
    /// `$gy$`.
    GostYescrypt,
    /// `$2b$`.
    Blowfish,
    /// `$6$`.
    Sha512,
}

impl UnixHash {
    /// The option of pam_unix.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Yescrypt => "yescrypt",
            Self::GostYescrypt => "gost_yescrypt",
            Self::Blowfish => "blowfish",
            Self::Sha512 => "sha512",
        }
    }
}

/// Reads what is demanded.
pub(in crate::setting) fn declare(pam: &PamDeclaration) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let setting = |name: &str, value: Value, origin: &Origin| Setting {
        kind: Kind::PAM,
        name: name.to_owned(),
        value,
        origin: origin.clone(),
    };
    let mut settings = Vec::new();
    let mut wrong = Vec::new();
    for (name, said) in [
        ("faillock", &pam.faillock),
        ("pwquality", &pam.pwquality),
        ("nullok", &pam.nullok),
    ] {
        settings.extend(
            said.iter()
                .map(|said| setting(name, Value::from(said.value), &said.origin)),
        );
    }
    if let Some(said) = &pam.pwhistory {
        match remembered(&said.value) {
            Some(number) => {
                settings.push(setting("pwhistory", Value::from(number), &said.origin));
            }
            None => wrong.push(
                Diagnostic::error(&said.origin, "`pwhistory` is not a number of passwords")
                    .hint("write true, false, or a number between 1 and 400"),
            ),
        }
    }
    if let Some(group) = &pam.wheel {
        match is_account_name(group) {
            true => settings.push(setting(
                "wheel",
                Value::from(group.value.as_str()),
                &group.origin,
            )),
            false => wrong.push(
                Diagnostic::error(
                    &group.origin,
                    format!("`{group}` is not the name of a group"),
                )
                .hint("write small letters, digits, `-` and `_`, for example sugroup"),
            ),
        }
    }
    if let Some(hash) = &pam.unix_hash {
        settings.push(setting(
            "unix-hash",
            Value::from(hash.value.option()),
            &hash.origin,
        ));
    }
    match wrong.is_empty() {
        true => Ok(settings),
        false => Err(wrong),
    }
}

/// The number of remembered passwords; 0 for none.
fn remembered(said: &Scalar) -> Option<u32> {
    match said {
        Scalar::Bool(true) => Some(REMEMBERED),
        Scalar::Bool(false) => Some(0),
        Scalar::Integer(number) => u32::try_from(*number)
            .ok()
            .filter(|number| (1..=400).contains(number)),
        _ => None,
    }
}

/// More remembered passwords are stricter.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let number = |value: &Value| value.as_u64();
    match (name, number(candidate), number(mandatory)) {
        ("pwhistory", Some(own), Some(least)) => own >= least,
        _ => false,
    }
}

/// `PAM: accounts are locked after failed logins`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let truth = || typed::<bool>(Kind::PAM, name, value);
    let said = match name {
        "faillock" if truth()? => "accounts are locked after failed logins".to_owned(),
        "faillock" => "accounts are not locked after failed logins".to_owned(),
        "pwquality" if truth()? => "new passwords are checked".to_owned(),
        "pwquality" => "new passwords are not checked".to_owned(),
        "nullok" if truth()? => "empty passwords are accepted".to_owned(),
        "nullok" => "empty passwords are refused".to_owned(),
        "pwhistory" => match typed::<u32>(Kind::PAM, name, value)? {
            0 => "old passwords may be used again".to_owned(),
            number => format!("the last {number} passwords are refused"),
        },
        "wheel" => {
            let group: String = typed(Kind::PAM, name, value)?;
            format!("only members of {group} may use su")
        }
        _ => {
            let hash: UnixHash = typed(Kind::PAM, name, value)?;
            format!("passwords are hashed by {}", hash.option())
        }
    };
    Ok(format!("PAM: {said}"))
}
