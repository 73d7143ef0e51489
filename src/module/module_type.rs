//! What a module type is: its name, what it does, and how it is written.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use super::surroundings::{Compiled, Dialect, Surroundings};
use crate::origin::Diagnostic;
use crate::yaml::{self, Node};

/// Both dialects.
pub(super) const BOTH: &[Dialect] = &[Dialect::Native, Dialect::BlueBuild];
/// Native recipes alone.
pub(super) const NATIVE: &[Dialect] = &[Dialect::Native];
/// BlueBuild recipes alone.
pub(super) const BLUEBUILD: &[Dialect] = &[Dialect::BlueBuild];

/// The version that an entry without a version means.
pub(super) const LATEST: &str = "latest";

/// What an entry says beside the keys that every entry has.
pub(super) trait Configuration: fmt::Debug {
    /// Turns it into settings, actions and finish requests, or says all that is wrong with it.
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>>;
}

/// The configuration of one entry, read and checked.
#[derive(Debug)]
pub struct Module(Box<dyn Configuration>);

impl Module {
    /// Turns the configuration into settings, actions and finish requests.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        self.0.compile(around)
    }
}

/// A checked entry.
#[derive(Debug)]
pub enum Checked {
    /// It is built.
    Module(Module),
    /// It cannot be built: what building it needs that is not there, as the end of "it needs …".
    Unbuilt(&'static str),
}

/// A module type: a row of the table.
#[derive(Debug)]
pub struct ModuleType {
    /// What `type:` says; the name of its file, its tests and its heading in the book.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub does: &'static str,
    /// An entry of it.
    pub example: &'static str,
    /// How it is written; for each dialect the oldest version first.
    pub forms: &'static [Form],
}

/// How a module type is written in some dialects and versions.
#[derive(Debug)]
pub struct Form {
    /// The dialects that have it.
    pub dialects: &'static [Dialect],
    /// The versions that mean it.
    pub versions: &'static [&'static str],
    /// What building it needs that is not there; none when it is built.
    pub missing: Option<&'static str>,
    read: fn(&Node) -> Result<Option<Module>, Vec<Diagnostic>>,
    check: fn(&Node) -> Vec<Diagnostic>,
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Form {
    /// A configuration that is compiled as it is written.
    pub(super) const fn of<T>(dialects: &'static [Dialect]) -> Self
    where
        T: Configuration + DeserializeOwned + JsonSchema + 'static,
    {
        Self::written_as::<T, T>(dialects)
    }

    /// A configuration that is written as another type than it is compiled from.
    pub(super) const fn written_as<W, T>(dialects: &'static [Dialect]) -> Self
    where
        W: DeserializeOwned + JsonSchema,
        T: From<W> + Configuration + 'static,
    {
        Self {
            dialects,
            versions: &["v1", LATEST],
            missing: None,
            read: |node| {
                let written: W = yaml::decode(node)?;
                Ok(Some(Module(Box::new(T::from(written)))))
            },
            check: yaml::check::<W>,
            schema: W::json_schema,
        }
    }

    /// A configuration that is checked and cannot be built, for want of something.
    pub(super) const fn unbuilt<W>(dialects: &'static [Dialect], missing: &'static str) -> Self
    where
        W: DeserializeOwned + JsonSchema,
    {
        Self {
            dialects,
            versions: &["v1", LATEST],
            missing: Some(missing),
            read: |node| yaml::decode::<W>(node).map(|_| None),
            check: yaml::check::<W>,
            schema: W::json_schema,
        }
    }

    /// The same for other versions than `v1` and `latest`.
    pub(super) const fn versions(self, versions: &'static [&'static str]) -> Self {
        Self { versions, ..self }
    }

    /// Reads a configuration: all keys but those that every entry has.
    ///
    /// # Errors
    /// All that does not fit.
    pub(super) fn read(&self, node: &Node) -> Result<Checked, Vec<Diagnostic>> {
        Ok(match (self.read)(node)? {
            Some(module) => Checked::Module(module),
            None => Checked::Unbuilt(self.missing.unwrap_or_default()),
        })
    }

    /// Checks a configuration whose templates cannot be rendered yet.
    pub(super) fn check(&self, node: &Node) -> Vec<Diagnostic> {
        (self.check)(node)
    }

    /// The schema of the mapping that it reads.
    pub(super) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }
}

impl ModuleType {
    /// Its forms in a dialect; none when the dialect does not have it.
    pub fn forms(&self, dialect: Dialect) -> impl Iterator<Item = &'static Form> + use<> {
        let forms = self.forms.iter();
        forms.filter(move |form| form.dialects.contains(&dialect))
    }

    /// The versions that a dialect can ask for; the last but `latest` is the latest.
    #[must_use]
    pub fn versions(&self, dialect: Dialect) -> Vec<&'static str> {
        let versions = self.forms(dialect).flat_map(|form| form.versions);
        versions.copied().collect()
    }

    /// The form of a version, of the latest when none is written.
    #[must_use]
    pub fn form(&self, version: Option<&str>, dialect: Dialect) -> Option<&'static Form> {
        let version = version.unwrap_or(LATEST);
        self.forms(dialect)
            .find(|form| form.versions.contains(&version))
    }
}
