//! Kernel arguments, in files of bootc's kargs.d.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::check::{Checked, Place, Reads, Unexamined, constant};
use super::error::{Refusal, examined, typed};
use super::kind::{Kind, Setting};
use super::scalar::{Scalar, ScalarVisitor};
use super::sysctl::written;
use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};
use crate::tree::Snapshot;

const FOLDER: &str = "/usr/lib/bootc/kargs.d";

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
/// one that shall not be given, a value, several values, or any of these as `value` beside
/// `architectures`.
#[derive(Clone, Debug, PartialEq)]
pub struct KargDeclaration {
    /// The values in the order in which they are given.
    pub values: Vec<Scalar>,
    /// The only architectures that it is for; every one when empty.
    pub architectures: Vec<Sourced<String>>,
}

impl<'de> Deserialize<'de> for KargDeclaration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KargVisitor)
    }
}

struct KargVisitor;

impl KargVisitor {
    fn one(value: Scalar) -> KargDeclaration {
        KargDeclaration {
            values: vec![value],
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
        Ok(Self::one(Scalar::Float(value)))
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
        Ok(KargDeclaration {
            values,
            architectures: Vec::new(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values: Option<KargDeclaration> = None;
        let mut architectures = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "value" => values = Some(map.next_value()?),
                "architectures" => architectures = map.next_value()?,
                _ => return Err(A::Error::unknown_field(&key, &["value", "architectures"])),
            }
        }
        let values = values.ok_or_else(|| A::Error::missing_field("value"))?;
        if !values.architectures.is_empty() {
            return Err(A::Error::custom("`value` is a mapping itself"));
        }
        Ok(KargDeclaration {
            values: values.values,
            architectures,
        })
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
            "required": ["value"],
            "additionalProperties": false,
            "properties": {
                "value": values,
                "architectures": { "type": "array", "items": { "enum": architecture_names() } },
            },
        }]})
    }
}

fn architecture_names() -> Vec<&'static str> {
    let names: BTreeSet<&str> = ARCHITECTURES
        .into_iter()
        .flat_map(|(ours, oci)| [ours, oci])
        .collect();
    names.into_iter().collect()
}

/// The canonical value: none when it is not given, else what follows each `=`, none for no `=`.
type KargValue = Vec<Option<String>>;

/// Reads one argument as written.
pub(super) fn declare(
    name: &Sourced<String>,
    karg: &KargDeclaration,
) -> Result<Setting, Diagnostic> {
    let mut values = KargValue::new();
    for value in &karg.values {
        match value {
            Scalar::Bool(true) => values.push(None),
            Scalar::Bool(false) if karg.values.len() == 1 => {}
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
    if karg.values.is_empty() {
        return Err(
            Diagnostic::error(&name.origin, format!("the list of `{name}` is empty"))
                .hint("write `false` for an argument that shall not be given"),
        );
    }
    setting(name, &values, &karg.architectures)
}

/// Makes settings of words such as `quiet` and `console=ttyS0`; words with one name become one
/// setting with their values in order.
pub fn karg_words(
    words: &[Sourced<String>],
    architectures: &[Sourced<String>],
) -> Result<Vec<Setting>, Vec<Diagnostic>> {
    let mut arguments: Vec<(Sourced<String>, KargValue)> = Vec::new();
    for word in words {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match arguments.iter_mut().find(|(known, _)| known.value == name) {
            Some((_, values)) => values.push(value),
            None => arguments.push((
                Sourced::new(name.to_owned(), word.origin.clone()),
                vec![value],
            )),
        }
    }
    super::declaration::each(
        arguments
            .iter()
            .map(|(name, values)| setting(name, values, architectures)),
    )
}

fn setting(
    name: &Sourced<String>,
    values: &KargValue,
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
    for value in values.iter().flatten() {
        check_value(name, value)?;
    }
    let mut rust_names = BTreeSet::new();
    for architecture in architectures {
        rust_names.insert(rust_name(architecture)?);
    }
    let suffix = rust_names.into_iter().collect::<Vec<_>>().join(",");
    Ok(Setting {
        kind: Kind::Karg,
        name: if suffix.is_empty() {
            name.value.clone()
        } else {
            format!("{}@{suffix}", name.value)
        },
        value: serde_json::to_value(values).expect("texts serialise"),
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

/// A file of kargs.d; bootc allows no other keys.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct KargsFile<'a> {
    kargs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    match_architectures: Vec<&'a str>,
}

/// Writes a file for all architectures, and one for each set of them that something is limited to.
pub(super) fn render(all: &BTreeMap<String, Value>) -> Result<Vec<Action>, Refusal> {
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in all {
        let values: KargValue = typed(Kind::Karg, name, value)?;
        let (bare, architectures) = name.split_once('@').unwrap_or((name, ""));
        // Also a file without arguments is written, over the one of a parent.
        files
            .entry(architectures)
            .or_default()
            .extend(words(bare, &values));
    }
    let mut actions = Vec::new();
    for (architectures, kargs) in files {
        let (stem, match_architectures) = if architectures.is_empty() {
            (String::new(), Vec::new())
        } else {
            (
                format!("-{}", architectures.replace(',', "-")),
                architectures.split(',').collect(),
            )
        };
        let file = KargsFile {
            kargs,
            match_architectures,
        };
        let text = toml::to_string(&file).map_err(|error| Refusal::Value {
            setting: Kind::Karg.prefix().to_owned(),
            reason: error.to_string(),
        })?;
        let header = "# Written by terroir from the settings of this image; `terroir explain` \
                      tells where each comes from.\n";
        actions.push(written(
            &format!("{FOLDER}/10-terroir{stem}.toml"),
            &format!("{header}{text}"),
        ));
    }
    Ok(actions)
}

fn words(name: &str, values: &KargValue) -> Vec<String> {
    values
        .iter()
        .map(|value| match value {
            Some(value) => format!("{name}={value}"),
            None => name.to_owned(),
        })
        .collect()
}

/// `kernel argument console=tty0 console=ttyS0`.
pub(super) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let values: KargValue = typed(Kind::Karg, name, value)?;
    let (bare, architectures) = name.split_once('@').unwrap_or((name, ""));
    let limit = if architectures.is_empty() {
        String::new()
    } else {
        format!(" (only {})", architectures.replace(',', ", "))
    };
    Ok(if values.is_empty() {
        format!("kernel argument {bare} is not given{limit}")
    } else {
        format!("kernel argument {}{limit}", words(bare, &values).join(" "))
    })
}

/// Looks for the words in the files of kargs.d, which bootc gives to the boot loader.
pub(super) fn check(name: &str, value: &Value, root: &Snapshot) -> Result<Checked, Unexamined> {
    let values: KargValue = examined(Kind::Karg, name, value)?;
    let (bare, _) = name.split_once('@').unwrap_or((name, ""));
    let is_it = |word: &str| word.split('=').next() == Some(bare);
    let mut given: Vec<String> = Vec::new();
    let mut place = None;
    for path in root.children(&constant(FOLDER)) {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in text.lines().enumerate() {
            let words = line.split('"').skip(1).step_by(2);
            for word in words.filter(|word| !line.trim_start().starts_with('#') && is_it(word)) {
                given.push(word.to_owned());
                place = Some(Place::line(&path, index));
            }
        }
    }
    let demanded = words(bare, &values);
    let met = match demanded.is_empty() {
        true => given.is_empty(),
        false => demanded.iter().all(|word| given.contains(word)),
    };
    let found = match given.is_empty() {
        true => format!("{bare} is not given"),
        false => given.join(" "),
    };
    Ok(Checked::when(met, found, place))
}

/// The files of kargs.d.
pub(super) fn reads() -> Vec<Reads> {
    vec![Reads::below(FOLDER)]
}
