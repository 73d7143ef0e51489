//! Mandatory rules, and exceptions from them (DESIGN §2.4).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use crate::origin::Sourced;

/// A pattern over settings or controls that recipes below may not weaken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mandatory {
    /// `kind:name` or `control:id`, with `*` for any characters.
    pub pattern: Sourced<String>,
    /// Whether a recipe below may make an exception.
    pub exceptions: Exceptions,
}

/// Whether exceptions from a mandatory pattern can be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Exceptions {
    /// With a reason, an owner and an expiry.
    Allowed,
    /// Never.
    #[default]
    Forbidden,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenMandatory {
    /// `kind:name` or `control:id`, with `*` for any characters.
    #[serde(rename = "match")]
    pattern: Pattern,
    /// Whether recipes below may make exceptions; `forbidden` when absent.
    #[serde(default)]
    exceptions: Exceptions,
}

/// A pattern of the form `kind:name`.
#[derive(Clone, Debug)]
struct Pattern(Sourced<String>);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: Sourced<String> = Sourced::deserialize(deserializer)?;
        check_pattern(&text).map_err(D::Error::custom)?;
        Ok(Self(text))
    }
}

inline_schema!(Pattern, { "type": "string", "pattern": "^[a-z_-]+:.+" });

fn check_pattern(text: &str) -> Result<(), String> {
    let kind_fits = |kind: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c == '_' || c == '-';
        !kind.is_empty() && kind.chars().all(fits)
    };
    match text.split_once(':') {
        Some((kind, name)) if kind_fits(kind) && !name.is_empty() => Ok(()),
        _ => Err(format!(
            "`{text}` is not a pattern, write `kind:name` such as `sysctl:kernel.*` or `control:cis/5.1.*`"
        )),
    }
}

impl<'de> Deserialize<'de> for Mandatory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: Sourced<WrittenRule> = Sourced::deserialize(deserializer)?;
        let origin = written.origin;
        Ok(match written.value {
            WrittenRule::Text(pattern) => Self {
                pattern: Sourced::new(pattern, origin),
                exceptions: Exceptions::Forbidden,
            },
            WrittenRule::Mapping(rule) => Self {
                pattern: rule.pattern.0,
                exceptions: rule.exceptions,
            },
        })
    }
}

enum WrittenRule {
    Text(String),
    Mapping(WrittenMandatory),
}

impl<'de> Deserialize<'de> for WrittenRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = WrittenRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern such as `sysctl:kernel.*`, or `{match: …, exceptions: …}`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WrittenRule, E> {
        check_pattern(text).map_err(E::custom)?;
        Ok(WrittenRule::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WrittenRule, A::Error> {
        WrittenMandatory::deserialize(MapAccessDeserializer::new(map)).map(WrittenRule::Mapping)
    }
}

impl JsonSchema for Mandatory {
    fn schema_name() -> Cow<'static, str> {
        "Mandatory".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pattern = generator.subschema_for::<Pattern>();
        let rule = WrittenMandatory::json_schema(generator);
        json_schema!({ "oneOf": [pattern, rule] })
    }
}

/// A deviation from something mandatory, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenException")]
pub(crate) struct Exception {
    /// What is excepted.
    pub subject: Subject,
    /// Why.
    pub reason: Sourced<String>,
    /// Who answers for it.
    pub owner: Sourced<String>,
    /// The last day on which it holds.
    pub expires: Sourced<Date>,
}

/// What an exception is made from; both may hold `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A control by its id.
    Control(Sourced<String>),
    /// A setting by `kind:name`.
    Setting(Sourced<String>),
}

/// A deviation from something mandatory, for a while: of one control or one setting.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenException {
    /// The control's id, such as `cis/1.1.2.1`.
    control: Option<Sourced<String>>,
    /// The setting, such as `sysctl:kernel.kptr_restrict`.
    setting: Option<Pattern>,
    /// Why the exception is made.
    reason: Sourced<String>,
    /// Who answers for it.
    owner: Sourced<String>,
    /// The last day on which it holds, as year-month-day.
    expires: Sourced<Date>,
}

impl TryFrom<WrittenException> for Exception {
    type Error = String;

    fn try_from(written: WrittenException) -> Result<Self, String> {
        let subject = match (written.control, written.setting) {
            (Some(control), None) => Subject::Control(control),
            (None, Some(setting)) => Subject::Setting(setting.0),
            (None, None) => return Err("an exception needs a `control` or a `setting`".to_owned()),
            (Some(_), Some(_)) => {
                return Err("an exception is of a `control` or of a `setting`, not of both".into());
            }
        };
        if written.reason.trim().is_empty() {
            return Err("an exception needs a reason".to_owned());
        }
        if written.owner.trim().is_empty() {
            return Err("an exception needs an owner".to_owned());
        }
        Ok(Self {
            subject,
            reason: written.reason,
            owner: written.owner,
            expires: written.expires,
        })
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(pub jiff::civil::Date);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let ten_characters = Some(text.as_str()).filter(|text| text.len() == 10);
        let date = ten_characters.and_then(|text| text.parse().ok());
        date.map(Self).ok_or_else(|| {
            let words = "is not a date, write it as year-month-day, such as 2027-06-30";
            D::Error::custom(format!("`{text}` {words}"))
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

inline_schema!(Date, { "type": "string", "format": "date" });

written_as!(Exception, WrittenException);
