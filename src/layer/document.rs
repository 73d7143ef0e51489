//! Layer documents: one `layer.yml`, read and checked by itself.

use schemars::JsonSchema;
use serde::Deserialize;

use super::control::{Control, ControlId};
use super::options::{OptionDocument, Options, Values};
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};
use crate::setting::Declaration;
use crate::yaml::{Node, check, decode, parse};

/// The version of the documents that this program reads.
const API_VERSION: &str = "terroir/v1";

/// A layer document as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a layer document")]
struct Written {
    /// The version of the format; checked before the rest is read.
    #[serde(rename = "apiVersion")]
    #[schemars(extend("const" = API_VERSION))]
    _api_version: String,
    /// What the layer is, in a few words.
    title: String,
    /// What the layer does, in a few sentences.
    description: Option<String>,
    /// Who answers for it.
    owner: String,
    /// What an entry may say in `with`.
    #[serde(default)]
    options: SourcedMap<OptionDocument>,
    /// Numbered requirements and the settings that meet them.
    #[serde(default)]
    controls: Vec<Control>,
    /// Entries, as in a recipe's `modules`.
    #[serde(default)]
    modules: Vec<Node>,
    /// Tests of the finished image, as in a recipe's `tests`.
    #[serde(default)]
    tests: Vec<Node>,
}

/// A layer: a named, documented, parametrised bundle of controls and modules.
#[derive(Clone, Debug)]
pub struct LayerDocument {
    /// The name by which recipes use it.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it does, in a few sentences.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// What an entry may say in `with`.
    pub options: Options,
    /// Numbered requirements.
    pub controls: Vec<Control>,
    pub(super) modules: Vec<Node>,
    pub(super) tests: Vec<Node>,
}

impl LayerDocument {
    /// Reads a layer document; `file` is the name that origins show.
    ///
    /// # Errors
    /// Everything that is wrong with it at once.
    pub fn read(name: &str, file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let node = parse(file, text)?;
        check_version(&node)?;
        let written: Written = decode(&node)?;
        let options = Options::from_document(written.options)?;
        let wrong: Vec<_> = written
            .controls
            .iter()
            .flat_map(|control| {
                let settings = control.declared().flat_map(check::<Vec<Declaration>>);
                settings.chain(control.check(name, &options))
            })
            .chain(repeated_ids(&written.controls))
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            name: name.to_owned(),
            title: written.title,
            description: written.description,
            owner: written.owner,
            options,
            controls: written.controls,
            modules: written.modules,
            tests: written.tests,
        })
    }

    /// Checks what an entry's `with` says; `used_at` is the place of the entry.
    ///
    /// # Errors
    /// Everything that is wrong at once: unknown options, wrong values, missing options.
    pub fn check(&self, with: Option<&Node>, used_at: &Origin) -> Result<Values, Vec<Diagnostic>> {
        self.options.check(&self.name, with, used_at)
    }

    /// The JSON Schema of layer documents.
    pub fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let schema = Written::json_schema(generator);
        // Settings render before they are read: whatever is not text may be a template.
        generator
            .definitions_mut()
            .values_mut()
            .for_each(allow_templates);
        schema
    }
}

/// Lets the values of mappings that are not texts be templates too.
fn allow_templates(schema: &mut serde_json::Value) {
    match schema {
        serde_json::Value::Object(map) => {
            map.values_mut().for_each(allow_templates);
            let properties = map.get_mut("properties");
            let properties = properties.and_then(serde_json::Value::as_object_mut);
            let properties = properties.into_iter().flat_map(serde_json::Map::values_mut);
            properties.for_each(allow_template);
            let others = map.get_mut("additionalProperties");
            others.filter(|one| one.is_object()).map(allow_template);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(allow_templates),
        _ => {}
    }
}

/// Lets a template stand for a value, unless any text does already.
fn allow_template(schema: &mut serde_json::Value) {
    if schema.get("type").and_then(serde_json::Value::as_str) != Some("string") {
        let template = serde_json::json!({ "type": "string", "pattern": TEMPLATE });
        *schema = serde_json::json!({ "anyOf": [schema.take(), template] });
    }
}

/// A text with a template in it.
const TEMPLATE: &str = r"\{\{.*\}\}";

/// Refuses another version before its keys are read, since they may mean something else there.
fn check_version(node: &Node) -> Result<(), Vec<Diagnostic>> {
    match node.get("apiVersion") {
        Some(version) if version.as_text() != Some(API_VERSION) => {
            let text = version.as_text().unwrap_or_else(|| version.describe());
            let message = format!("this terroir reads `{API_VERSION}`, not `{text}`");
            Err(vec![Diagnostic::error(&version.origin, message)])
        }
        _ => Ok(()),
    }
}

/// Finds controls whose own number, the first, is another's too, and numbers that one control says twice.
///
/// Further numbers may be shared: one requirement of another benchmark is often met by several
/// controls together.
fn repeated_ids(controls: &[Control]) -> Vec<Diagnostic> {
    let own = controls.iter().filter_map(|control| control.ids.first());
    let mut wrong = repeated(own);
    wrong.extend(controls.iter().flat_map(|control| repeated(&control.ids)));
    wrong
}

fn repeated<'a>(ids: impl IntoIterator<Item = &'a Sourced<ControlId>>) -> Vec<Diagnostic> {
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_by(|one, other| one.value.cmp(&other.value));
    ids.windows(2)
        .filter(|pair| pair[0].value == pair[1].value)
        .map(|pair| {
            Diagnostic::error(
                &pair[1].origin,
                format!("`{}` is already taken", pair[1].value),
            )
            .and(&pair[0].origin, "by this control")
        })
        .collect()
}
