//! Module types by the name that `type:` says.

use schemars::{Schema, SchemaGenerator};

use super::module_type::{Checked, Form, LATEST, Module, ModuleType};
use super::surroundings::Dialect;
use super::types::TABLE;
use crate::origin::Diagnostic;
use crate::yaml::Node;

/// How a `type:` is spelled, and the schema of what stands beside it.
#[derive(Clone, Debug)]
pub struct TypeSchema {
    /// The name of the module type.
    pub name: &'static str,
    /// All spellings with these keys: `dnf`, `dnf@v1` …
    pub spellings: Vec<String>,
    /// Whether the name with any version has these keys.
    pub is_only: bool,
    /// The schema of a mapping without the keys that every entry has.
    pub schema: Schema,
}

impl Module {
    /// All module types, sorted by name.
    #[must_use]
    pub fn types() -> &'static [&'static ModuleType] {
        TABLE
    }

    /// The names that a dialect knows, sorted.
    pub fn names(dialect: Dialect) -> impl Iterator<Item = &'static str> {
        known(dialect).map(|kind| kind.name)
    }

    /// Reads the configuration of a module type: all keys but those that every entry has.
    ///
    /// None when the dialect has no such type. An entry without a version has the latest.
    #[must_use]
    pub fn read(
        (name, version): (&str, Option<&str>),
        dialect: Dialect,
        node: &Node,
    ) -> Option<Result<Checked, Vec<Diagnostic>>> {
        let kind = known(dialect).find(|kind| kind.name == name)?;
        let form = form(kind, version, dialect, node).map_err(|problem| vec![problem]);
        Some(form.and_then(|form| form.read(node)))
    }

    /// Checks a configuration whose templates cannot be rendered yet; as [`Module::read`].
    #[must_use]
    pub fn check(
        (name, version): (&str, Option<&str>),
        dialect: Dialect,
        node: &Node,
    ) -> Option<Vec<Diagnostic>> {
        let kind = known(dialect).find(|kind| kind.name == name)?;
        Some(match form(kind, version, dialect, node) {
            Ok(form) => form.check(node),
            Err(problem) => vec![problem],
        })
    }

    /// The schema of each form that a dialect has, in the order of the table.
    pub fn schemas(dialect: Dialect, generator: &mut SchemaGenerator) -> Vec<TypeSchema> {
        let mut schemas = Vec::new();
        for kind in known(dialect) {
            let is_only = kind.forms(dialect).count() == 1;
            for form in kind.forms(dialect) {
                let bare = form.versions.contains(&LATEST);
                let bare = bare.then(|| kind.name.to_owned()).into_iter();
                let versions = form.versions.iter();
                let versions = versions.map(|version| format!("{}@{version}", kind.name));
                schemas.push(TypeSchema {
                    name: kind.name,
                    spellings: bare.chain(versions).collect(),
                    is_only,
                    schema: form.schema(generator),
                });
            }
        }
        schemas
    }
}

/// The module types of a dialect.
fn known(dialect: Dialect) -> impl Iterator<Item = &'static ModuleType> {
    let types = TABLE.iter().copied();
    types.filter(move |kind| kind.forms(dialect).next().is_some())
}

fn form(
    kind: &ModuleType,
    version: Option<&str>,
    dialect: Dialect,
    node: &Node,
) -> Result<&'static Form, Diagnostic> {
    kind.form(version, dialect).ok_or_else(|| {
        let message = format!(
            "`{}` has no version `{}`; the versions are {}",
            kind.name,
            version.unwrap_or(LATEST),
            kind.versions(dialect).join(", ")
        );
        Diagnostic::error(&node.origin, message)
    })
}
