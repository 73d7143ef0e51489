//! `type: os-release`: the text by which the system names itself (os-release(5)).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::action::EditStyle;
use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::{ConfigDeclaration, ConfigTerm, Declaration, Scalar, double_quoted};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "os-release",
    does: "Changes how the system names itself, key by key.",
    example: "type: os-release\nproperties: { VARIANT: Server, VARIANT_ID: server }\n",
    forms: &[Form::of::<OsRelease>(BOTH)],
};

/// The file itself; `/etc/os-release` is a link to it.
const OS_RELEASE: &str = "/usr/lib/os-release";

/// Configuration of the module type `os-release`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct OsRelease {
    /// Keys and their new values; the others stay.
    pub properties: SourcedMap<Scalar>,
}

impl Configuration for OsRelease {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut values = Vec::new();
        let mut wrong = Vec::new();
        for (key, value) in self.properties.iter() {
            match quoted(key, value) {
                Ok(value) => values.push((key.clone(), ConfigTerm::from(Scalar::Text(value)))),
                Err(diagnostic) => wrong.push(diagnostic),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let declaration = Declaration::Config(ConfigDeclaration {
            path: Sourced::new(OS_RELEASE.to_owned(), around.origin.clone()),
            style: EditStyle::Equals,
            values: SourcedMap(values),
            create: true,
            optional: false,
        });
        Ok(Compiled {
            settings: declaration.settings(around.inputs)?,
            ..Compiled::default()
        })
    }
}

/// The value in quotes, as BlueBuild writes every one.
fn quoted(key: &Sourced<String>, value: &Scalar) -> Result<String, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !key.starts_with(|first: char| first.is_ascii_uppercase()) || !key.bytes().all(known) {
        let upper = key.to_uppercase().replace(['-', ' '], "_");
        return Err(
            Diagnostic::error(&key.origin, format!("`{key}` is not a key of os-release")).hint(
                format!("keys are upper-case letters, digits and `_`: {upper}"),
            ),
        );
    }
    let text = value.text_or_bool().map_err(|hint| {
        Diagnostic::error(&key.origin, format!("`{key}` needs a text")).hint(hint)
    })?;
    if text.contains(|character: char| character.is_control()) {
        return Err(Diagnostic::error(
            &key.origin,
            format!("the value of `{key}` holds a line break or another control character"),
        )
        .hint("write it in one line"));
    }
    Ok(double_quoted(&text))
}
