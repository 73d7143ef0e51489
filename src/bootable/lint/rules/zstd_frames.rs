//! `zstd-frames`: layers of which some programs read only the beginning.

use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{BOOTC, Found, Rule, Severity};

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "zstd-frames",
    severity: Severity::Warning,
    summary: "a layer has several frames of zstd, of which bootc may read only the first",
    applies: BOOTC,
    check,
};

fn check(root: &Root) -> Vec<Found> {
    let layers = root.image.iter().flat_map(|image| &image.layers);
    let layers = layers.enumerate().filter_map(|(index, layer)| {
        let frames = layer.frames.filter(|frames| *frames > 1)?;
        let message = format!(
            "layer {} ({}) has {frames} frames of zstd; bootc's composefs backend reads the first \
             without an error; compress it anew, or with gzip",
            index + 1,
            layer.digest
        );
        Some(Found::new("", message))
    });
    layers.collect()
}
