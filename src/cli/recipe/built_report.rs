//! What `terroir build` tells of what it built, as text and as JSON.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::arguments::options::Format;
use crate::cli::output::printer::Printer;
use crate::cli::output::units::size;
use crate::engine::{Built, BuiltPlatform, Outcome};
use crate::oci::{Digest, platform_name};
use crate::tree::Packed;

/// A flavour that was built.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct BuiltReport {
    pub name: String,
    pub digest: Digest,
    platforms: Vec<PlatformReport>,
    #[serde(skip)]
    pub parent: Option<Arc<Self>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PlatformReport {
    platform: String,
    /// Whether the recipe names several.
    several: bool,
    inherited: usize,
    inherited_size: u64,
    steps: Vec<StepReport>,
    record: LayerReport,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StepReport {
    label: String,
    origin: Value,
    key: Option<Digest>,
    layer: Option<LayerReport>,
    missed: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct LayerReport {
    diff_id: Digest,
    digest: Digest,
    size: u64,
}

impl BuiltReport {
    /// What there is to tell of a flavour and of what it derives from.
    pub(super) fn of(built: &Built) -> Self {
        Self {
            name: built.name.clone(),
            digest: Digest::of(&built.image.root.bytes),
            platforms: built.platforms.iter().map(PlatformReport::of).collect(),
            parent: built
                .parent
                .as_ref()
                .map(|parent| Arc::new(Self::of(parent))),
        }
    }

    /// The same, of a flavour that derives from another.
    pub(super) fn below(self, parent: Option<Arc<Self>>) -> Self {
        Self { parent, ..self }
    }

    /// Whether all of its layers, and those of what it derives from, were there.
    pub(super) fn is_cached(&self) -> bool {
        let mut steps = self.platforms.iter().flat_map(|platform| &platform.steps);
        steps.all(|step| step.missed.is_none())
            && self.parent.as_ref().is_none_or(|parent| parent.is_cached())
    }

    /// Prints it.
    pub(super) fn print(&self, printer: &Printer, format: Format) {
        match format {
            Format::Json => printer.json(&self.as_json()),
            Format::Text => printer.line(self.text().trim_end_matches('\n')),
        }
    }

    fn text(&self) -> String {
        let own = format!("{}  {}\n", self.name, self.digest);
        let parent = self.parent.as_ref().map(|parent| parent.text());
        let platforms = self.platforms.iter().map(PlatformReport::text);
        parent.into_iter().chain([own]).chain(platforms).collect()
    }

    fn as_json(&self) -> Value {
        let platforms: Vec<Value> = self.platforms.iter().map(PlatformReport::as_json).collect();
        json!({
            "name": self.name,
            "digest": self.digest,
            "platforms": platforms,
            "parent": self.parent.as_ref().map(|parent| parent.as_json()),
        })
    }
}

impl PlatformReport {
    fn of(built: &BuiltPlatform) -> Self {
        Self {
            platform: platform_name(&built.flavour.platform),
            several: built.flavour.platforms.len() > 1,
            inherited: built.inherited,
            inherited_size: built.inherited_size,
            steps: built.outcomes.iter().map(StepReport::of).collect(),
            record: LayerReport::of(&built.record),
        }
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        if self.several {
            lines.push(format!("  {}", self.platform));
        }
        if self.inherited > 0 {
            let s = if self.inherited == 1 { "" } else { "s" };
            lines.push(format!(
                "  {:<34} {:>10}",
                format!("{} layer{s} of the parent", self.inherited),
                size(self.inherited_size)
            ));
        }
        lines.extend(self.steps.iter().map(StepReport::text));
        lines.push(format!("  {:<34} {:>10}", "record", size(self.record.size)));
        lines.push(String::new());
        lines.join("\n")
    }

    fn as_json(&self) -> Value {
        let record = &self.record;
        json!({
            "platform": self.platform,
            "inherited": self.inherited,
            "steps": self.steps.iter().map(StepReport::as_json).collect::<Vec<_>>(),
            "record": { "diffId": record.diff_id, "digest": record.digest, "size": record.size },
        })
    }
}

impl StepReport {
    fn of(outcome: &Outcome) -> Self {
        Self {
            label: outcome.label.clone(),
            origin: serde_json::to_value(&outcome.origin).unwrap_or_default(),
            key: outcome.key,
            layer: outcome.layer.as_ref().map(LayerReport::of),
            missed: outcome.missed.clone(),
        }
    }

    fn text(&self) -> String {
        let layer = self
            .layer
            .as_ref()
            .map_or_else(|| "no layer".to_owned(), |layer| size(layer.size));
        let how = match (&self.layer, &self.missed) {
            (Some(_), None) => "cached".to_owned(),
            (Some(_), Some(reason)) => format!("built: {reason}"),
            (None, _) => String::new(),
        };
        let line = format!("  {:<34} {layer:>10}  {how}", self.label);
        line.trim_end().to_owned()
    }

    fn as_json(&self) -> Value {
        json!({
            "label": self.label,
            "origin": self.origin,
            "key": self.key,
            "diffId": self.layer.map(|layer| layer.diff_id),
            "digest": self.layer.map(|layer| layer.digest),
            "size": self.layer.map(|layer| layer.size),
            "missed": self.missed,
        })
    }
}

impl LayerReport {
    fn of(packed: &Packed) -> Self {
        Self {
            diff_id: packed.diff_id,
            digest: packed.digest,
            size: packed.size,
        }
    }
}
