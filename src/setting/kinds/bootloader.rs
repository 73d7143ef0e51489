//! What protects the boot loader; an installer makes it, since it lies on the machine's own disk.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::origin::{Diagnostic, Sourced};
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Outcome, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::mode::parse_mode;
use crate::setting::input::place::constant;
use crate::setting::input::scalar::Scalar;
use crate::tree::Snapshot;

impl Kind {
    /// What protects the boot loader.
    pub const BOOTLOADER: Self = Self::named("bootloader");
}

/// The kind `bootloader`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "What protects the boot loader.",
    example: "password: required\n\
        config-mode: \"0600\"",
    effect: "Nothing in an image: the installer does it.",
    at_least,
    ..Definition::of(Kind::BOOTLOADER, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = BootloaderDeclaration;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> = |declared, _| declare(declared);

/// The boot loader as a document declares it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BootloaderDeclaration {
    /// The word `required`: entries are edited only with a password, which the installer asks for
    /// or gets by a reference.
    #[serde(default)]
    pub password: Option<Sourced<String>>,
    /// The most that the mode of its configuration may be.
    #[serde(default)]
    pub config_mode: Option<Sourced<Scalar>>,
}

/// Where distributions put the configuration of grub.
const CONFIGS: [&str; 2] = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"];

/// Files that hold a password of grub or lead to it; the menus of OSTree are where links lead.
const USERS: [&str; 6] = [
    "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub/user.cfg",
    "/boot/grub2/user.cfg",
    "/boot/loader.0/grub.cfg",
    "/boot/loader.1/grub.cfg",
];

const REQUIRED: &str = "required";

/// Reads what is demanded.
pub(in crate::setting) fn declare(
    loader: &BootloaderDeclaration,
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let (mut settings, mut wrong) = (Vec::new(), Vec::new());
    if let Some(password) = &loader.password {
        match password.as_str() {
            REQUIRED => settings.push(Setting {
                kind: Kind::BOOTLOADER,
                name: "password".to_owned(),
                value: Value::from(REQUIRED),
                origin: password.origin.clone(),
            }),
            // What was written may be a password, so it is not repeated.
            _ => wrong.push(
                Diagnostic::error(&password.origin, "a password never stands in a recipe")
                    .hint("write password: required; the installer gets the password itself"),
            ),
        }
    }
    if let Some(mode) = &loader.config_mode {
        match parse_mode(mode) {
            Ok(bits) => settings.push(Setting {
                kind: Kind::BOOTLOADER,
                name: "config-mode".to_owned(),
                value: Value::from(format!("{bits:04o}")),
                origin: mode.origin.clone(),
            }),
            Err(error) => wrong.push(error),
        }
    }
    match wrong.is_empty() {
        true => Ok(settings),
        false => Err(wrong),
    }
}

/// Fewer bits.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let bits = |value: &Value| u32::from_str_radix(value.as_str()?, 8).ok();
    name == "config-mode"
        && matches!((bits(candidate), bits(mandatory)), (Some(own), Some(most)) if own & !most == 0)
}

/// `boot entries are edited only with a password`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let text: String = typed(Kind::BOOTLOADER, name, value)?;
    Ok(match name {
        "password" => "boot entries are edited only with a password".to_owned(),
        _ => format!("the configuration of the boot loader has at most the mode {text}"),
    })
}

/// Looks at the boot loader of an installed root; an image has none yet.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let text: String = examined(Kind::BOOTLOADER, name, value)?;
    let there: Vec<(TreePath, u32)> = CONFIGS
        .iter()
        .filter_map(|path| root.followed(&constant(path)))
        .map(|(path, node)| (path, node.mode))
        .collect();
    let Some((path, mode)) = there.first() else {
        return Ok(Checked::new(
            Outcome::Install,
            "the installer sets the boot loader up",
            None,
        ));
    };
    let place = Some(Place::file(path));
    if name != "password" {
        let most = u32::from_str_radix(&text, 8).unwrap_or_default();
        return Ok(Checked::when(
            mode & !most == 0,
            format!("mode {mode:04o}"),
            place,
        ));
    }
    for path in USERS {
        let path = constant(path);
        let text = root.text(&path)?.unwrap_or_default();
        let line = text.lines().position(|line| {
            let line = line.trim();
            line.starts_with("password_pbkdf2 ") || line.starts_with("GRUB2_PASSWORD=grub.pbkdf2")
        });
        if let Some(index) = line {
            return Ok(Checked::met(
                "it has a password",
                Some(Place::line(&path, index)),
            ));
        }
    }
    Ok(Checked::unmet("it has no password", place))
}

/// The configurations of grub.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    USERS.iter().map(|path| Reads::at(path)).collect()
}
