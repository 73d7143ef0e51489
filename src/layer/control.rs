//! Controls: numbered requirements of benchmarks, and when they apply.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use super::level::Level;
use super::options::{OptionKind, Options, Values};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap, did_you_mean};
use crate::setting::Declaration;
use crate::yaml::Node;

/// The number of a requirement in a benchmark: `cis/5.1.20`, `anssi-bp28/R29`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(String);

/// Why some text is not a [`ControlId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a control id; one is a benchmark and a number, as in cis/5.1.20")]
pub struct ControlIdError(String);

impl ControlId {
    /// Reads `benchmark/number`.
    ///
    /// # Errors
    /// The benchmark must be lowercase letters, digits and `-`, the number letters, digits, `.`, `-`.
    pub fn parse(text: &str) -> Result<Self, ControlIdError> {
        let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let number = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
        match text.split_once('/') {
            Some((benchmark, section))
                if benchmark.starts_with(|first: char| first.is_ascii_lowercase())
                    && benchmark.bytes().all(lower)
                    && section.starts_with(|first: char| first.is_ascii_alphanumeric())
                    && section.bytes().all(number) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(ControlIdError(text.to_owned())),
        }
    }

    /// The id as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ControlId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ControlId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for ControlId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ControlId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9.-]*$",
        })
    }
}

/// One control of a layer: what a benchmark asks for, in our words, and the settings that do it.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a control")]
pub struct Control {
    /// Its numbers, in one benchmark or several.
    pub ids: Vec<Sourced<ControlId>>,
    /// What is true of a root that meets it, as a short sentence.
    pub title: Sourced<String>,
    /// What it protects from, or costs.
    pub why: Option<String>,
    /// What it can break.
    pub breaks: Option<String>,
    /// The benchmark's level: 1 for everybody, higher for stricter; or one for each profile.
    #[schemars(with = "Level")]
    pub level: Sourced<Level>,
    /// The rules of the SCAP Security Guide that examine the same.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Who decides it, where no image can.
    pub acts: Option<Acts>,
    /// Values that options must have for it to apply: one, or a list of them.
    #[serde(default)]
    pub(super) applies: SourcedMap<Node>,
    /// An expression that must hold for it to apply.
    pub(super) when: Option<Sourced<String>>,
    /// The settings that it demands; a control without any says in `acts` who decides it.
    #[schemars(with = "Option<Vec<Declaration>>")]
    pub(super) settings: Option<Node>,
    /// What an audit looks at in the place of `settings`, where the benchmark takes more than what
    /// these write: all of it has to hold.
    #[schemars(with = "Option<Vec<Declaration>>")]
    pub(super) checks: Option<Node>,
    /// Like `checks`, but that one of them holds is enough.
    #[schemars(with = "Option<Vec<Declaration>>")]
    pub(super) alternatives: Option<Node>,
}

/// Who decides a control that no image can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Acts {
    /// The installation: partitions, the boot loader.
    Install,
    /// The running system.
    Run,
    /// A person.
    Manual,
}

impl Control {
    /// The first id, which stands for the control in messages.
    #[must_use]
    pub fn id(&self) -> &ControlId {
        &self
            .ids
            .first()
            .expect("checked when the layer was read")
            .value
    }

    /// Where the control stands.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.title.origin
    }

    /// Finds everything that is wrong with the control itself.
    pub(super) fn check(&self, layer: &str, options: &Options) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        if self.ids.is_empty() {
            wrong.push(Diagnostic::error(
                self.origin(),
                "a control needs at least one id",
            ));
        }
        if self.title.trim().is_empty() {
            wrong.push(Diagnostic::error(self.origin(), "a control needs a title"));
        }
        if let Some(message) = self.level.value.fault() {
            wrong.push(Diagnostic::error(&self.level.origin, message));
        }
        if self.settings.is_none() == self.acts.is_none() {
            let message = "a control has either `settings`, or `acts` where no image can meet it";
            wrong.push(Diagnostic::error(self.origin(), message));
        }
        if self.settings.is_none() && (self.checks.is_some() || self.alternatives.is_some()) {
            let message = "`checks` and `alternatives` need `settings`, which meet them";
            wrong.push(Diagnostic::error(self.origin(), message));
        }
        for (name, wanted) in self.applies.iter() {
            match options.get(name).map(|option| &option.kind) {
                None => wrong.push(options.unknown(layer, name, &name.origin)),
                Some(OptionKind::Enum(words)) => {
                    let unknown = alternatives(wanted).filter(|one| !is_one_of(one, words));
                    wrong.extend(unknown.map(|one| not_a_word(name, words, one)));
                }
                Some(OptionKind::Type(_)) => {}
            }
        }
        wrong
    }

    /// Everything that is written as a list of settings.
    pub(super) fn declared(&self) -> impl Iterator<Item = &Node> {
        let all = [&self.settings, &self.checks, &self.alternatives];
        all.into_iter().flatten()
    }

    /// Which value of an option makes the control pointless; none when it applies.
    pub(super) fn dismissed_by(&self, values: &Values) -> Option<String> {
        self.applies.iter().find_map(|(name, wanted)| {
            let value = values.get(name).map(Node::to_json);
            if alternatives(wanted).any(|one| value.as_ref() == Some(&one.to_json())) {
                return None;
            }
            let chosen = values.get(name).map_or("nothing", |value| {
                value.as_text().unwrap_or_else(|| value.describe())
            });
            Some(format!("`{name}` is {chosen}"))
        })
    }
}

/// The values that `applies` allows for an option: one, or a list of them.
fn alternatives(wanted: &Node) -> impl Iterator<Item = &Node> {
    let list = wanted.items();
    let one = if list.is_empty() {
        std::slice::from_ref(wanted)
    } else {
        list
    };
    one.iter()
}

fn is_one_of(node: &Node, words: &[String]) -> bool {
    words.iter().any(|word| node.as_text() == Some(word))
}

fn not_a_word(name: &Sourced<String>, words: &[String], node: &Node) -> Diagnostic {
    let text = node.as_text().unwrap_or_else(|| node.describe());
    let message = format!(
        "option `{name}` is never `{text}`, only {}",
        words.join(", ")
    );
    let problem = Diagnostic::error(&node.origin, message);
    match did_you_mean(text, words.iter().map(String::as_str)) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}
