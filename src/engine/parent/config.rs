//! What is read of an image's config, and the config of an image that has no base.

use serde_json::{Value, json};

use crate::oci::{Digest, Platform};

/// The config of an image that has no base (OCI image-spec, config.md).
pub(in crate::engine) fn fresh_config(platform: &Platform, execution: &Value) -> Value {
    let mut config = json!({
        "architecture": platform.architecture().to_string(),
        "os": platform.os().to_string(),
        "config": execution,
        "rootfs": { "type": "layers", "diff_ids": [] },
        "history": [],
    });
    if let (Some(variant), Some(map)) = (platform.variant(), config.as_object_mut()) {
        map.insert("variant".into(), Value::from(variant.as_str()));
    }
    config
}

/// The diff IDs that a config states.
pub(in crate::engine) fn diff_ids(config: &Value) -> Option<Vec<Digest>> {
    let ids = config.pointer("/rootfs/diff_ids")?.as_array()?;
    ids.iter().map(|id| id.as_str()?.parse().ok()).collect()
}

/// The variables that an image's config states.
pub(in crate::engine) fn stated_environment(config: &Value) -> Vec<(String, String)> {
    let stated = config.pointer("/config/Env").and_then(Value::as_array);
    let split = |one: &Value| {
        let (name, value) = one.as_str()?.split_once('=')?;
        // No process can be given a variable without a name.
        (!name.is_empty() && !name.contains('\0') && !value.contains('\0'))
            .then(|| (name.to_owned(), value.to_owned()))
    };
    stated.into_iter().flatten().filter_map(split).collect()
}

/// A time as the specification writes it (RFC 3339, UTC); the year 1970 for what no calendar has.
pub(in crate::engine) fn rfc3339(epoch: u64) -> String {
    let time = i64::try_from(epoch)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
