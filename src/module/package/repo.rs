//! A package repository in the words that all managers share, and what rpm's managers read.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, SeqAccess, Visitor};

use super::plan::Plan;
use crate::module::union::present;
use crate::origin::{Diagnostic, Sourced, SourcedMap};

/// A repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `id` and `url`"
)]
pub(in crate::module) struct Repo {
    /// What the package manager calls it, and the name of its file.
    pub id: Sourced<String>,
    /// One line for people.
    #[serde(default)]
    pub name: Option<Sourced<String>>,
    /// Its address, or several of which each has the whole.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "OneOrMany")]
    pub url: Option<Sourced<OneOrMany>>,
    /// Address of a list of mirrors in Metalink form (dnf).
    #[serde(default)]
    pub metalink: Option<Sourced<String>>,
    /// Address of a list of mirrors (dnf, zypper).
    #[serde(default)]
    pub mirrorlist: Option<Sourced<String>>,
    /// File of the repository with the key that signs it.
    #[serde(default)]
    pub key: Option<Sourced<String>>,
    /// Path in the image of the key that signs it.
    #[serde(default)]
    pub signed_by: Option<Sourced<String>>,
    /// Whether signatures are checked; not secure when they are not.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub check: Option<Sourced<bool>>,
    /// Whether it is used.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "bool")]
    pub enabled: Option<Sourced<bool>>,
    /// Which repository wins, the lowest number first (dnf, zypper).
    #[serde(default)]
    pub priority: Option<Sourced<u32>>,
    /// Packages that are not taken from it (dnf).
    #[serde(default)]
    pub exclude: Vec<Sourced<String>>,
    /// Suites (apt); `./` for a flat repository.
    #[serde(default)]
    pub suites: Vec<Sourced<String>>,
    /// Components (apt).
    #[serde(default)]
    pub components: Vec<Sourced<String>>,
    /// `deb`, `deb-src` (apt); `deb` when absent.
    #[serde(default)]
    pub types: Vec<Sourced<String>>,
    /// Architectures in Debian's words (apt); all of the system when absent.
    #[serde(default)]
    pub architectures: Vec<Sourced<String>>,
    /// Further keys, written as they are.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub options: SourcedMap<Sourced<String>>,
}

/// One address or several.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module) struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address or a list of addresses")
            }
            fn visit_str<E>(self, one: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![one.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OneOrMany, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(OneOrMany)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for OneOrMany {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "OneOrMany".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } }
        ] })
    }
}

impl Repo {
    /// Its addresses.
    pub(in crate::module) fn urls(&self) -> Vec<Sourced<String>> {
        let urls = self.url.iter();
        urls.flat_map(|url| {
            url.value
                .0
                .iter()
                .map(|one| Sourced::new(one.clone(), url.origin.clone()))
        })
        .collect()
    }

    /// Whether signatures are checked.
    pub(in crate::module) fn checked(&self) -> bool {
        self.check.as_ref().is_none_or(|check| check.value)
    }

    /// Whether it is used.
    pub(in crate::module) fn enabled(&self) -> bool {
        self.enabled.as_ref().is_none_or(|enabled| enabled.value)
    }

    /// Checks the id, the addresses, and that all values are single lines.
    pub(in crate::module) fn check(&self, plan: &mut Plan<'_>) {
        let urls = self.urls();
        let id = self.id.as_str();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        if id.is_empty() || !id.bytes().all(word) || id.starts_with(['.', '-']) {
            plan.wrong.push(
                Diagnostic::error(
                    &self.id.origin,
                    format!("`{id}` is not the id of a repository"),
                )
                .hint("an id has letters, digits, `.`, `_`, `:` and `-`"),
            );
        }
        let lists = [
            &self.suites,
            &self.components,
            &self.types,
            &self.architectures,
        ];
        let single = [
            &self.name,
            &self.metalink,
            &self.mirrorlist,
            &self.signed_by,
        ];
        let texts = lists.into_iter().flatten();
        let texts = texts
            .chain(single.into_iter().flatten())
            .chain(&self.exclude);
        let options = self.options.iter();
        let options = options.flat_map(|(key, value)| [key, value]);
        for text in texts.chain(&urls).chain(options) {
            if text.contains(char::is_control) || text.trim().is_empty() {
                plan.wrong.push(
                    Diagnostic::error(&text.origin, "a value of a repository is one line of text")
                        .hint("write it in one line"),
                );
            }
        }
        for url in urls {
            if !url.contains(':') && !url.starts_with('/') {
                plan.wrong.push(
                    Diagnostic::error(&url.origin, format!("`{url}` is not an address"))
                        .hint("write https://…, or file:///… for a folder of the image"),
                );
            }
        }
    }

    /// Refuses a repository without an address.
    pub(in crate::module) fn require_url(&self, plan: &mut Plan<'_>) {
        if self.urls().is_empty() {
            let message = format!("the repository {} has no address", self.id);
            let error = Diagnostic::error(&self.id.origin, message).hint("give its `url`");
            plan.wrong.push(error);
        }
    }

    /// Refuses the keys that a package manager has no word for.
    pub(in crate::module) fn refuse(&self, manager: &str, keys: &[&str], plan: &mut Plan<'_>) {
        let list = |list: &[Sourced<String>]| list.first().map(|one| one.origin.clone());
        let one = |one: &Option<Sourced<String>>| one.as_ref().map(|one| one.origin.clone());
        for key in keys {
            let written = match *key {
                "metalink" => one(&self.metalink),
                "mirrorlist" => one(&self.mirrorlist),
                "name" => one(&self.name),
                "key" => one(&self.key),
                "signed-by" => one(&self.signed_by),
                "check" => self.check.as_ref().map(|check| check.origin.clone()),
                "enabled" => self.enabled.as_ref().map(|enabled| enabled.origin.clone()),
                "priority" => self.priority.as_ref().map(|one| one.origin.clone()),
                "exclude" => list(&self.exclude),
                "suites" => list(&self.suites),
                "components" => list(&self.components),
                "types" => list(&self.types),
                "architectures" => list(&self.architectures),
                "options" => self.options.0.first().map(|(key, _)| key.origin.clone()),
                _ => None,
            };
            if let Some(origin) = written {
                let message = format!("a repository of {manager} has no `{key}`");
                plan.wrong
                    .push(Diagnostic::error(&origin, message).hint("leave it out"));
            }
        }
    }
}

/// The words that only apt has for a repository.
pub(in crate::module) const OF_APT: [&str; 4] = ["suites", "components", "types", "architectures"];

/// The text of a `.repo` file for dnf or zypper.
pub(in crate::module) fn rpm_repository(
    repo: &Repo,
    manager: &str,
    key: Option<&str>,
    plan: &mut Plan<'_>,
) -> String {
    complete(repo, manager, key.is_some(), plan);
    let urls = repo.urls();
    let checked = repo.checked();
    let mut text = format!("[{}]\n", repo.id);
    let mut line = |key: &str, value: &str| {
        let written = writeln!(text, "{key}={value}");
        written.expect("writing to a string does not fail");
    };
    let bit = |yes: bool| if yes { "1" } else { "0" };
    let joined = |values: &[Sourced<String>]| {
        let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
        values.join(" ")
    };
    line("name", repo.name.as_ref().unwrap_or(&repo.id));
    if !urls.is_empty() {
        line("baseurl", &joined(&urls));
    }
    for (key, value) in [
        ("metalink", &repo.metalink),
        ("mirrorlist", &repo.mirrorlist),
    ] {
        if let Some(value) = value {
            line(key, value);
        }
    }
    line("enabled", bit(repo.enabled()));
    line("gpgcheck", bit(checked));
    if let Some(key) = key {
        line("gpgkey", &format!("file://{key}"));
    }
    if let Some(priority) = &repo.priority {
        line("priority", &priority.to_string());
    }
    if !repo.exclude.is_empty() {
        line("excludepkgs", &joined(&repo.exclude));
    }
    if manager == "zypper" {
        line("autorefresh", "1");
    }
    for (key, value) in repo.options.iter() {
        line(key, value);
    }
    text
}

/// Says what a repository of rpm's managers lacks, and what they have no word for.
fn complete(repo: &Repo, manager: &str, signed: bool, plan: &mut Plan<'_>) {
    repo.check(plan);
    repo.refuse(manager, &OF_APT, plan);
    if manager == "zypper" {
        repo.refuse(manager, &["metalink", "exclude"], plan);
    }
    if repo.urls().is_empty() && repo.metalink.is_none() && repo.mirrorlist.is_none() {
        plan.wrong.push(
            Diagnostic::error(
                &repo.id.origin,
                format!("the repository {} has no address", repo.id),
            )
            .hint("give `url`, `metalink` or `mirrorlist`"),
        );
    }
    if repo.checked() && !signed {
        plan.wrong.push(
            Diagnostic::error(&repo.id.origin, format!("nothing signs the repository {}", repo.id))
                .hint("give `key` with its key's file, `signed-by` with a path in the image, or `check: false`"),
        );
    }
}
