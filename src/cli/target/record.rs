//! The config of an image and the flavour record that it names.

use std::sync::Arc;

use serde_json::Value;

use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::{Outside, record_of};
use crate::oci::{BlobSource, PlatformImage};
use crate::recipe::Record;

/// Reads the config of an image, and the record of its flavour if terroir built it.
pub(in crate::cli) fn read_record(
    image: &PlatformImage,
    source: &Arc<dyn BlobSource>,
    outside: &Outside,
) -> Result<(Value, Option<Arc<Record>>), Failure> {
    let config = image
        .config(source.as_ref())
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let config: Value = serde_json::from_slice(config).map_err(|error| {
        Failure::say(Kind::Outside, format!("the config is not valid: {error}"))
    })?;
    let record =
        record_of(image, &config, source, outside.store()).map_err(|error| fail(&error))?;
    Ok((config, record))
}
