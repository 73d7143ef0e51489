//! The layers of two images, and what a machine fetches that has one and wants the other.

use serde::Serialize;
use serde_json::Value;

use crate::oci::PlatformImage;
use crate::recipe::Direction;

/// A layer of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerLine {
    /// Digest of the archive.
    pub diff_id: String,
    /// Digest of the blob.
    pub digest: String,
    /// Bytes of the blob, compressed.
    pub size: u64,
    /// Its line of history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A layer that only one of the images has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerItem {
    /// `new` or `gone`; `changed` is the same archive in another blob.
    pub direction: Direction,
    /// The layer.
    pub layer: LayerLine,
}

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// Layers that the older image does not have.
    pub layers: usize,
    /// Their bytes, compressed.
    pub bytes: u64,
}

/// The layers of an image, the lowest first.
#[must_use]
pub fn layer_lines(image: &PlatformImage, config: &Value) -> Vec<LayerLine> {
    let list = |pointer: &str| config.pointer(pointer).and_then(Value::as_array);
    let ids = list("/rootfs/diff_ids").map_or(&[][..], Vec::as_slice);
    let full = |line: &&Value| line.get("empty_layer").and_then(Value::as_bool) != Some(true);
    let history = list("/history").map_or(&[][..], Vec::as_slice);
    let history: Vec<&Value> = history.iter().filter(full).collect();
    let layers = image.manifest.layers().iter().enumerate();
    let line = |(number, layer): (usize, &crate::oci::Descriptor)| {
        let made = history.get(number).and_then(|line| line.get("created_by"));
        LayerLine {
            diff_id: text(ids.get(number)),
            digest: layer.digest().to_string(),
            size: layer.size(),
            label: made.and_then(Value::as_str).map(str::to_owned),
        }
    };
    layers.map(line).collect()
}

fn text(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

/// The layers that differ: those that are gone, then those that are new, each the lowest first.
pub(super) fn layers(old: &[LayerLine], new: &[LayerLine]) -> Vec<LayerItem> {
    let item = |direction: Direction, layer: &LayerLine| LayerItem {
        direction,
        layer: layer.clone(),
    };
    let mut items = Vec::new();
    for layer in old {
        if new.iter().all(|one| one.diff_id != layer.diff_id) {
            items.push(item(Direction::Gone, layer));
        }
    }
    for layer in new {
        let held = old.iter().find(|one| one.diff_id == layer.diff_id);
        match held {
            None => items.push(item(Direction::New, layer)),
            Some(held) if held.digest != layer.digest => {
                items.push(item(Direction::Changed, layer));
            }
            Some(_) => {}
        }
    }
    items
}

/// What a machine fetches that has the older image.
pub(super) fn update(old: &[LayerLine], new: &[LayerLine]) -> Update {
    let mut missing: Vec<&LayerLine> = Vec::new();
    for layer in new {
        let is_held = |one: &LayerLine| one.digest == layer.digest;
        if !old.iter().any(is_held) && !missing.iter().any(|one| is_held(one)) {
            missing.push(layer);
        }
    }
    Update {
        layers: missing.len(),
        bytes: missing.iter().map(|layer| layer.size).sum(),
    }
}
