//! The list of kernel arguments: what a statement makes of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::origin::Origin;
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::{Refusal, typed};
use crate::setting::input::glob::matches;

impl Kind {
    /// A kernel argument.
    pub const KARG: Self = Self::named("karg");
}

/// What follows `=`; none where there is no `=`.
pub(super) type Argument = Option<String>;

/// Names whose values are read together, each in the light of the one before
/// (Documentation/admin-guide/kernel-parameters.txt): one of them is repeated only with the others.
const READ_TOGETHER: [&str; 3] = ["default_hugepagesz", "hugepages", "hugepagesz"];

/// The arguments of one name that a flavour gives, each with its place among all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KargList {
    /// Places and values, in order.
    pub given: Vec<(u64, Option<String>)>,
    /// Whether a record of the first format told it, whose image has files of other names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_format: bool,
}

/// What one statement does to the arguments of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    /// What is taken away.
    pub remove: Removal,
    /// What is given then: in place of what is taken away, else at the end.
    pub append: Vec<Argument>,
    /// All words of the list that this is a part of, each with the place where it is written.
    pub statement: Vec<(String, String)>,
}

/// What a statement takes away of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Removal {
    /// Nothing.
    #[default]
    Nothing,
    /// Every argument of the name.
    All,
    /// Those with these values.
    Values(Vec<Argument>),
}

/// The shapes that the value of a setting has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Karg {
    /// The last arguments of the name have to be these; when empty, none may be given.
    Demand(Vec<Argument>),
    /// The list has to change.
    Change(Change),
    /// The list is this.
    List(KargList),
}

impl Karg {
    pub(super) fn read(name: &str, value: &Value) -> Result<Self, Refusal> {
        if value.is_array() {
            return typed(Kind::KARG, name, value).map(Self::Demand);
        }
        if value.get("given").is_some() {
            return typed(Kind::KARG, name, value).map(Self::List);
        }
        typed(Kind::KARG, name, value).map(Self::Change)
    }

    /// The arguments that it speaks of.
    pub(super) fn into_arguments(self) -> Vec<Argument> {
        match self {
            Self::Demand(values) => values,
            Self::Change(change) => change.append,
            Self::List(list) => list.given.into_iter().map(|(_, value)| value).collect(),
        }
    }
}

/// An argument that is given, in the order of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Its name, with architectures.
    pub name: &'a str,
    /// Its place.
    pub at: u64,
    /// What follows `=`.
    pub value: Option<&'a str>,
    /// Where it was written.
    pub origin: &'a Origin,
}

/// The list of a name after a statement, and what the statement names and the list lacks.
///
/// `held` is all that is given, in order; `next` a place behind all that ever was; `replaces`
/// whether the statement takes the place of what was given under its name.
///
/// # Errors
/// The value is not that of a kernel argument.
pub fn after(
    (name, proposed): (&str, &Value),
    (held, next): (&[Held<'_>], u64),
    replaces: bool,
) -> Result<(KargList, Vec<String>), Refusal> {
    let own = held.iter().filter(|one| one.name == name);
    let own: Vec<Held<'_>> = own.copied().collect();
    let (kept, append) = match Karg::read(name, proposed)? {
        Karg::List(list) => return Ok((list, Vec::new())),
        Karg::Demand(values) if values.is_empty() => (Vec::new(), Vec::new()),
        Karg::Demand(values) => {
            let demanded: Vec<String> = values.iter().map(|value| word(name, value)).collect();
            let as_demanded = |(one, word): (&&Held<'_>, &String)| one.word() == *word;
            if !replaces && ends_with(held, &[name], &demanded, as_demanded) {
                return Ok((list(&own, Vec::new(), next), Vec::new()));
            }
            let kept = own.iter().map(|_| !replaces).collect();
            (kept, values)
        }
        Karg::Change(change) => {
            if is_repeated(&change, held) {
                return Ok((list(&own, Vec::new(), next), Vec::new()));
            }
            let kept: Vec<bool> = own.iter().map(|one| change.keeps(one, replaces)).collect();
            let missing = change.missing(name, &own);
            // The words of one statement keep their order among each other.
            let at = place(&own, &kept).filter(|_| change.statement.is_empty());
            let at = at.unwrap_or(next);
            return Ok((list(&only(&own, &kept), change.append, at), missing));
        }
    };
    let at = place(&own, &kept).unwrap_or(next);
    Ok((list(&only(&own, &kept), append, at), Vec::new()))
}

/// The place of the first that is not kept.
fn place(own: &[Held<'_>], kept: &[bool]) -> Option<u64> {
    let mut both = own.iter().zip(kept);
    both.find(|(_, kept)| !**kept).map(|(one, _)| one.at)
}

fn only<'a>(own: &[Held<'a>], kept: &[bool]) -> Vec<Held<'a>> {
    let both = own.iter().zip(kept).filter(|(_, kept)| **kept);
    both.map(|(one, _)| *one).collect()
}

/// Arguments with others inserted at a place, behind what is there.
fn list(kept: &[Held<'_>], added: Vec<Argument>, at: u64) -> KargList {
    let kept = kept.iter();
    let mut given: Vec<(u64, Argument)> = kept
        .map(|one| (one.at, one.value.map(str::to_owned)))
        .collect();
    let behind = given.partition_point(|(held, _)| *held <= at);
    given.splice(behind..behind, added.into_iter().map(|value| (at, value)));
    KargList {
        given,
        first_format: false,
    }
}

/// Tells whether the very statement is the last that was said under its names.
fn is_repeated(change: &Change, held: &[Held<'_>]) -> bool {
    let names: Vec<&str> = change
        .statement
        .iter()
        .map(|(word, _)| word_name(word))
        .collect();
    let repeated = |(one, (word, place)): (&&Held<'_>, &(String, String))| {
        one.word() == *word && one.origin.to_string() == *place
    };
    !names.is_empty() && ends_with(held, &names, &change.statement, repeated)
}

impl Change {
    fn keeps(&self, one: &Held<'_>, replaces: bool) -> bool {
        if replaces && !self.statement.is_empty() {
            let place = one.origin.to_string();
            return self.statement.iter().any(|(_, written)| *written == place);
        }
        match &self.remove {
            Removal::Nothing => true,
            Removal::All => false,
            Removal::Values(values) => !values.iter().any(|value| value.as_deref() == one.value),
        }
    }

    /// What it takes away and nobody gives.
    fn missing(&self, name: &str, own: &[Held<'_>]) -> Vec<String> {
        match &self.remove {
            Removal::All if own.is_empty() => vec![bare(name).to_owned()],
            Removal::Nothing | Removal::All => Vec::new(),
            Removal::Values(values) => {
                let there = |value: &&Argument| own.iter().any(|one| one.value == value.as_deref());
                let absent = values.iter().filter(|value| !there(value));
                absent.map(|value| word(name, value)).collect()
            }
        }
    }
}

/// Tells whether what is given under some names, and those read together with them, ends so.
fn ends_with<T>(
    held: &[Held<'_>],
    names: &[&str],
    wanted: &[T],
    same: impl Fn((&&Held<'_>, &T)) -> bool,
) -> bool {
    let together = |name: &str| READ_TOGETHER.contains(&bare(name));
    let group = names.iter().any(|name| together(name));
    let of_names = held.iter().filter(|one| {
        names.iter().any(|name| bare(name) == bare(one.name)) || group && together(one.name)
    });
    let of_names: Vec<&Held<'_>> = of_names.collect();
    let Some(before) = of_names.len().checked_sub(wanted.len()) else {
        return false;
    };
    of_names.iter().skip(before).zip(wanted).all(same)
}

impl Held<'_> {
    /// The argument as it stands on the kernel's command line.
    #[must_use]
    pub fn word(&self) -> String {
        word(self.name, &self.value.map(str::to_owned))
    }
}

/// The value of a record's first format as a list; `at` is the place before its arguments.
#[must_use]
pub fn of_first_format(value: &Value, at: u64) -> Option<KargList> {
    let values: Vec<Argument> = serde_json::from_value(value.clone()).ok()?;
    Some(KargList {
        given: (at + 1..).zip(values).collect(),
        first_format: true,
    })
}

/// The name without the architectures that it is limited to.
pub(super) fn bare(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

fn word_name(word: &str) -> &str {
    word.split_once('=').map_or(word, |(name, _)| name)
}

/// An argument as it stands on the kernel's command line.
pub(super) fn word(name: &str, value: &Argument) -> String {
    match value {
        Some(value) => format!("{}={value}", bare(name)),
        None => bare(name).to_owned(),
    }
}

/// Tells whether a pattern names a setting: by its key, or a kernel argument by name and value
/// (`karg:audit=1`).
#[must_use]
pub fn named(pattern: &str, key: &str, value: &Value) -> bool {
    if matches(pattern, key) {
        return true;
    }
    let prefix = Kind::KARG.key("");
    let given = key.strip_prefix(&prefix).and_then(|name| {
        let read = Karg::read(name, value).ok()?;
        Some((name, read.into_arguments()))
    });
    given.is_some_and(|(name, arguments)| {
        let words = arguments.iter().map(|value| word(name, value));
        words
            .filter(|word| word.contains('='))
            .any(|word| matches(pattern, &format!("{prefix}{word}")))
    })
}

/// Tells whether the last arguments of a name are those that somebody insists on.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let read = |value| Karg::read(name, value).map(Karg::into_arguments);
    let (Ok(candidate), Ok(mandatory)) = (read(candidate), read(mandatory)) else {
        return false;
    };
    candidate.ends_with(&mandatory) && candidate.is_empty() == mandatory.is_empty()
}

/// `kernel argument console=tty0 console=ttyS0`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let arguments = Karg::read(name, value)?.into_arguments();
    let words: Vec<String> = arguments.iter().map(|value| word(name, value)).collect();
    let limit = match name.split_once('@') {
        Some((_, architectures)) => format!(" (only {})", architectures.replace(',', ", ")),
        None => String::new(),
    };
    Ok(match words.is_empty() {
        true => format!("kernel argument {} is not given{limit}", bare(name)),
        false => format!("kernel argument {}{limit}", words.join(" ")),
    })
}
