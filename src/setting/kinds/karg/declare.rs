//! Kernel arguments as a document declares them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::list::{Argument, Change, Removal};
use crate::origin::{Diagnostic, PLAIN_TOKEN, Sourced, WRITTEN};
use crate::setting::contract::kind::{Kind, Setting};
use crate::setting::input::scalar::{Scalar, ScalarVisitor};

/// Architectures by the names that bootc compares (`std::env::consts::ARCH`), each with the name
/// that OCI gives it.
const ARCHITECTURES: [(&str, &str); 5] = [
    ("aarch64", "arm64"),
    ("powerpc64", "ppc64le"),
    ("riscv64", "riscv64"),
    ("s390x", "s390x"),
    ("x86_64", "amd64"),
];

/// One kernel argument as a document declares it: `true` for a word that stands alone, `false` for
/// one that must not be given, a value, several values, or any of these as `value` beside
/// `replace`, `remove` and `architectures`.
#[derive(Clone, Debug, PartialEq)]
pub struct KargDeclaration {
    /// The values in the order in which they are given; absent where some are only taken away.
    pub values: Option<Vec<Scalar>>,
    /// What the values take the place of: all of the name (`true`), or these values.
    pub replace: Option<Vec<Scalar>>,
    /// The values that are taken away.
    pub remove: Option<Vec<Scalar>>,
    /// The only architectures that it is for; every one when empty.
    pub architectures: Vec<Sourced<String>>,
}

impl<'de> Deserialize<'de> for KargDeclaration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(PLAIN_TOKEN, KargVisitor)
    }
}

struct KargVisitor;

impl KargVisitor {
    fn one(value: Scalar) -> KargDeclaration {
        Self::several(vec![value])
    }

    fn several(values: Vec<Scalar>) -> KargDeclaration {
        KargDeclaration {
            values: Some(values),
            replace: None,
            remove: None,
            architectures: Vec::new(),
        }
    }
}

impl<'de> Visitor<'de> for KargVisitor {
    type Value = KargDeclaration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false`, a value, a list of values, or a mapping with `value`")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Self::one(Scalar::Bool(value)))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        ScalarVisitor.visit_i64(value).map(Self::one)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        ScalarVisitor.visit_u64(value).map(Self::one)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Self::one(Scalar::Written(value.to_string())))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        inner.deserialize_any(Self)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Self::one(Scalar::Text(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Self::one(Scalar::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Self::several(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let keys = &["value", "replace", "remove", "architectures"];
        let [mut values, mut replace, mut remove] = [None, None, None];
        let mut architectures = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let list = match key.as_str() {
                "architectures" => {
                    architectures = map.next_value()?;
                    continue;
                }
                "value" => &mut values,
                WRITTEN => return map.next_value().map(Scalar::Written).map(Self::one),
                "replace" => &mut replace,
                "remove" => &mut remove,
                _ => return Err(A::Error::unknown_field(&key, keys)),
            };
            let below: KargDeclaration = map.next_value()?;
            let plain = below.architectures.is_empty() && below.replace.is_none();
            *list = below.values.filter(|_| plain && below.remove.is_none());
            if list.is_none() {
                return Err(A::Error::custom(format!("`{key}` is a mapping itself")));
            }
        }
        match (&values, &replace, &remove) {
            (None, None, None) => Err(A::Error::missing_field("value")),
            (None, Some(_), _) => Err(A::Error::custom("`replace` needs the new value as `value`")),
            (_, Some(_), Some(_)) => Err(A::Error::custom(
                "`replace` takes away what it replaces, drop `remove`",
            )),
            _ => Ok(KargDeclaration {
                values,
                replace,
                remove,
                architectures,
            }),
        }
    }
}

impl JsonSchema for KargDeclaration {
    fn schema_name() -> Cow<'static, str> {
        "KernelArgument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let scalar = json_schema!({ "type": ["boolean", "string", "integer"] });
        let values = json_schema!({ "anyOf": [
            scalar.clone(),
            { "type": "array", "items": scalar, "minItems": 1 },
        ]});
        json_schema!({ "anyOf": [values.clone(), {
            "type": "object",
            "anyOf": [{ "required": ["value"] }, { "required": ["remove"] }],
            "additionalProperties": false,
            "properties": {
                "value": values,
                "replace": values,
                "remove": values,
                "architectures": { "type": "array", "items": { "enum": architecture_names() } },
            },
        }]})
    }
}

/// The architectures that can be named, in bootc's words.
pub(super) fn known_architectures() -> impl Iterator<Item = &'static str> {
    ARCHITECTURES.into_iter().map(|(ours, _)| ours)
}

/// Every architecture for which Rust, and so bootc, has a name on Linux.
pub(super) fn every_architecture() -> impl Iterator<Item = &'static str> {
    let others = [
        "arm",
        "csky",
        "loongarch32",
        "loongarch64",
        "m68k",
        "mips",
        "mips32r6",
        "mips64",
        "mips64r6",
        "powerpc",
        "riscv32",
        "sparc",
        "sparc64",
        "x86",
    ];
    let mut every: Vec<&str> = known_architectures().chain(others).collect();
    every.sort_unstable();
    every.into_iter()
}

fn architecture_names() -> Vec<&'static str> {
    let names: BTreeSet<&str> = ARCHITECTURES
        .into_iter()
        .flat_map(|(ours, oci)| [ours, oci])
        .collect();
    names.into_iter().collect()
}

/// Reads one argument as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    karg: &KargDeclaration,
) -> Result<Setting, Diagnostic> {
    let values = match &karg.values {
        Some(values) => arguments(name, values)?,
        None => Vec::new(),
    };
    let removed = match (&karg.replace, &karg.remove) {
        (Some(replaced), _) if *replaced == [Scalar::Bool(true)] => Some(Removal::All),
        (Some(listed), _) | (None, Some(listed)) => Some(Removal::Values(arguments(name, listed)?)),
        (None, None) => None,
    };
    let Some(remove) = removed else {
        return setting(name, &values, &values, &karg.architectures);
    };
    if remove == Removal::Values(Vec::new()) {
        let message = format!("`{name}` is to take nothing away");
        return Err(Diagnostic::error(&name.origin, message).hint(format!(
            "write `{name}: false` for an argument that must not be given"
        )));
    }
    let change = Change {
        remove,
        append: values,
        statement: Vec::new(),
    };
    setting(name, &change.append, &change, &karg.architectures)
}

fn arguments(name: &Sourced<String>, written: &[Scalar]) -> Result<Vec<Argument>, Diagnostic> {
    let mut values = Vec::new();
    for value in written {
        match value {
            Scalar::Bool(true) => values.push(None),
            Scalar::Bool(false) if written.len() == 1 => {}
            Scalar::Bool(false) => {
                return Err(Diagnostic::error(
                    &name.origin,
                    format!("`{name}` is given and not given at once"),
                )
                .hint("drop `false` from the list"));
            }
            value => values.push(Some(value.text_or_integer().map_err(|hint| {
                Diagnostic::error(&name.origin, format!("`{name}` needs a value")).hint(hint)
            })?)),
        }
    }
    if written.is_empty() {
        return Err(
            Diagnostic::error(&name.origin, format!("the list of `{name}` is empty"))
                .hint("write `false` for an argument that must not be given"),
        );
    }
    Ok(values)
}

/// A setting of arguments that are valid.
pub(super) fn setting(
    name: &Sourced<String>,
    arguments: &[Argument],
    value: &impl serde::Serialize,
    architectures: &[Sourced<String>],
) -> Result<Setting, Diagnostic> {
    let forbidden = |character: char| {
        character.is_whitespace() || character.is_control() || "=\"'@".contains(character)
    };
    if name.is_empty() || name.contains(forbidden) {
        return Err(Diagnostic::error(
            &name.origin,
            format!("`{name}` is not the name of a kernel argument"),
        )
        .hint("write the part before `=`, without spaces or quotes"));
    }
    for value in arguments.iter().flatten() {
        check_value(name, value)?;
    }
    let mut rust_names = BTreeSet::new();
    for architecture in architectures {
        rust_names.insert(rust_name(architecture)?);
    }
    let suffix = rust_names.into_iter().collect::<Vec<_>>().join(",");
    Ok(Setting {
        kind: Kind::KARG,
        name: if suffix.is_empty() {
            name.value.clone()
        } else {
            format!("{}@{suffix}", name.value)
        },
        value: serde_json::to_value(value).expect("texts serialise"),
        origin: name.origin.clone(),
    })
}

fn check_value(name: &Sourced<String>, value: &str) -> Result<(), Diagnostic> {
    let wrong =
        |message: String, hint: String| Err(Diagnostic::error(&name.origin, message).hint(hint));
    if value.contains(|character: char| character.is_control()) {
        return wrong(
            format!("the value of `{name}` holds a control character"),
            "write it in one line".to_owned(),
        );
    }
    // The kernel splits at spaces outside of double quotes and knows no escapes.
    if value.matches('"').count() % 2 == 1 {
        return wrong(
            format!("the value of `{name}` opens a quote and does not close it"),
            format!("write {name}=\"…\" with both quotes"),
        );
    }
    let outside: String = value.split('"').step_by(2).collect();
    if outside.contains(char::is_whitespace) {
        return wrong(
            format!("the value of `{name}` holds a space, where the kernel would split it"),
            format!("put double quotes around it: '\"{value}\"', or make a list of several values"),
        );
    }
    Ok(())
}

fn rust_name(architecture: &Sourced<String>) -> Result<&'static str, Diagnostic> {
    ARCHITECTURES
        .into_iter()
        .find(|(ours, oci)| architecture.as_str() == *ours || architecture.as_str() == *oci)
        .map(|(ours, _)| ours)
        .ok_or_else(|| {
            Diagnostic::error(
                &architecture.origin,
                format!("there is no architecture `{architecture}`"),
            )
            .hint(format!("known are {}", architecture_names().join(", ")))
        })
}
