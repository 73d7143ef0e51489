//! `type: kargs`: kernel arguments.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::json;

use crate::module::module_type::{BLUEBUILD, Configuration, Form, ModuleType, NATIVE};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::module::union::present;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::{KargEdit, karg_words};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "kargs",
    does: "Appends, removes and replaces kernel arguments.",
    example: "type: kargs\nkargs: [quiet, audit=1]\n",
    forms: &[
        Form::of::<Kargs>(NATIVE),
        Form::written_as::<BlueBuildKargs, Kargs>(BLUEBUILD),
    ],
};

/// Configuration of the module type `kargs`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module) struct Kargs {
    kargs: Vec<Sourced<String>>,
    remove: Vec<Sourced<String>>,
    replace: SourcedMap<Sourced<String>>,
    arch: Option<Sourced<String>>,
}

/// Kernel arguments: appended, taken away or replaced.
#[derive(serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenKargs {
    /// Arguments such as `quiet` and `console=ttyS0`, which are appended in their order.
    #[serde(default, deserialize_with = "present")]
    kargs: Option<Vec<Sourced<String>>>,
    /// Arguments that are taken away: `console=ttyS0`, or by their name `console`.
    #[serde(default)]
    remove: Vec<Sourced<String>>,
    /// Arguments, by value or name as under `remove`, and what stands in their place.
    #[serde(default)]
    replace: SourcedMap<Sourced<String>>,
    /// The only architectures that they are for, separated by commas: `x86_64, aarch64`.
    #[serde(default)]
    arch: Option<Sourced<String>>,
}

impl<'de> Deserialize<'de> for Kargs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = WrittenKargs::deserialize(deserializer)?;
        let nothing = written.remove.is_empty() && written.replace.is_empty();
        Ok(Self {
            kargs: match written.kargs {
                None if nothing => return Err(D::Error::missing_field("kargs")),
                kargs => kargs.unwrap_or_default(),
            },
            remove: written.remove,
            replace: written.replace,
            arch: written.arch,
        })
    }
}

impl JsonSchema for Kargs {
    fn schema_name() -> Cow<'static, str> {
        "Kargs".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = WrittenKargs::json_schema(generator);
        let keys = ["kargs", "remove", "replace"].map(|key| json!({ "required": [key] }));
        schema.insert("anyOf".to_owned(), json!(keys));
        schema
    }
}

/// Configuration of BlueBuild's module type `kargs`.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::module) struct BlueBuildKargs {
    /// Arguments such as `quiet` and `console=ttyS0`, which are appended in their order.
    pub kargs: Vec<Sourced<String>>,
    /// The only architectures that they are for, separated by commas: `x86_64, aarch64`.
    #[serde(default)]
    pub arch: Option<Sourced<String>>,
}

impl From<BlueBuildKargs> for Kargs {
    fn from(written: BlueBuildKargs) -> Self {
        Self {
            kargs: written.kargs,
            remove: Vec::new(),
            replace: SourcedMap::default(),
            arch: written.arch,
        }
    }
}

impl Configuration for Kargs {
    fn compile(&self, _: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let architectures: Vec<Sourced<String>> = self
            .arch
            .iter()
            .flat_map(|arch| {
                arch.split(',')
                    .map(|name| Sourced::new(name.trim().to_owned(), arch.origin.clone()))
            })
            .collect();
        let removed = self.remove.iter().cloned().map(KargEdit::Remove);
        let replaced = self.replace.iter();
        let replaced = replaced.map(|(old, new)| KargEdit::Replace(old.clone(), vec![new.clone()]));
        let edits: Vec<KargEdit> = removed.chain(replaced).collect();
        Ok(Compiled {
            settings: karg_words(&edits, &self.kargs, &architectures)?,
            ..Compiled::default()
        })
    }
}
