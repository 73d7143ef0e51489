//! The parent of a recipe: the forms of `from` (DESIGN §2.2).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::text::Texts;
use crate::origin::Sourced;

/// What a recipe derives from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// Another recipe: a path relative to the file.
    Recipe(String),
    /// A published image: its reference as written.
    Image(String),
    /// An image in an OCI layout: `DIR[:TAG]`, relative to the file.
    Layout(String),
    /// An image in an OCI archive, relative to the file.
    Archive(String),
    /// A distribution, installed from its packages.
    Bootstrap(Box<Bootstrap>),
    /// Nothing.
    Scratch,
}

/// A root that is installed from a distribution's packages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Bootstrap {
    /// The distribution: `debian`, `ubuntu`, `fedora` …
    pub distribution: Sourced<String>,
    /// The release: a code name (`bookworm`) or a number (`43`).
    pub suite: Sourced<String>,
    /// Where packages come from: one address or a list of them.
    #[serde(default)]
    pub mirror: Texts,
    /// Packages that are installed besides the distribution's smallest set.
    #[serde(default)]
    pub packages: Vec<Sourced<String>>,
    /// Parts of the archive (`main`, `contrib` …); the distribution's default when absent.
    #[serde(default)]
    pub components: Vec<Sourced<String>>,
    /// How much is installed at first (`minbase`, `buildd` …); the smallest when absent.
    pub variant: Option<Sourced<String>>,
}

impl Parent {
    /// Reads the forms that are one text.
    fn from_text(text: &str) -> Result<Self, String> {
        let rest = |rest: &str, form: &str| match rest {
            "" => Err(format!("`{text}` names nothing; write `{form}`")),
            rest => Ok(rest.to_owned()),
        };
        if text == "scratch" {
            return Ok(Self::Scratch);
        }
        if let Some(path) = text.strip_prefix("oci-archive:") {
            return rest(path, "oci-archive:FILE").map(Self::Archive);
        }
        if let Some(path) = text.strip_prefix("oci:") {
            return rest(path, "oci:DIR[:TAG]").map(Self::Layout);
        }
        let is_path = text.starts_with(['.', '/'])
            || [".yml", ".yaml"]
                .iter()
                .any(|ending| text.ends_with(ending));
        if is_path {
            return Ok(Self::Recipe(text.to_owned()));
        }
        if let Some((transport, _)) = text.split_once("://") {
            return Err(format!(
                "write the image reference without `{transport}://`"
            ));
        }
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(format!(
                "`{text}` is neither an image reference nor a recipe path"
            ));
        }
        Ok(Self::Image(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Parent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParentVisitor)
    }
}

struct ParentVisitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BootstrapEntry {
    bootstrap: Box<Bootstrap>,
}

impl<'de> Visitor<'de> for ParentVisitor {
    type Value = Parent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a recipe path, an image reference, `oci:DIR[:TAG]`, `oci-archive:FILE`, `scratch` or \
             `bootstrap: …`",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Parent, E> {
        Parent::from_text(text).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Parent, A::Error> {
        let entry = BootstrapEntry::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Parent::Bootstrap(entry.bootstrap))
    }
}

impl JsonSchema for Parent {
    fn schema_name() -> Cow<'static, str> {
        "From".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let bootstrap = generator.subschema_for::<Bootstrap>();
        json_schema!({
            "oneOf": [
                {
                    "description": "Another recipe: its path, relative to this file.",
                    "type": "string",
                    "pattern": r"^(\.|/)|\.ya?ml$"
                },
                {
                    "description": "A published image: registry/name:tag[@digest].",
                    "type": "string",
                    "pattern": r"^(?!oci:|oci-archive:|scratch$|[./])(?!.*\.ya?ml$)(?!.*://)\S+$"
                },
                {
                    "description": "An image in an OCI layout (oci:DIR[:TAG]) or archive (oci-archive:FILE).",
                    "type": "string",
                    "pattern": "^(oci|oci-archive):."
                },
                { "description": "Nothing.", "const": "scratch" },
                {
                    "description": "A distribution, installed from its packages.",
                    "type": "object",
                    "properties": { "bootstrap": bootstrap },
                    "required": ["bootstrap"],
                    "additionalProperties": false
                }
            ]
        })
    }
}
