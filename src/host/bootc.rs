//! Machines that bootc updates: it does the work, and terroir says it in its own words.

use std::time::Duration;

use serde_json::Value;

use super::error::Error;
use super::machine::says;
use crate::registry::Reference;

/// How long bootc may fetch and stage.
const LIMIT: Duration = Duration::from_secs(4 * 3600);

/// The program bootc.
#[derive(Clone, Copy, Debug)]
pub struct Bootc;

impl Bootc {
    /// What it says of the machine, as JSON.
    pub fn status(self) -> Result<Value, Error> {
        let text = says("bootc", &["status", "--json"], LIMIT)?;
        serde_json::from_str(&text).map_err(|error| Error::Refused {
            command: "bootc status --json".to_owned(),
            said: error.to_string(),
        })
    }

    /// Looks for an update, and stages it unless it is only looked for.
    pub fn upgrade(self, check: bool) -> Result<String, Error> {
        match check {
            true => says("bootc", &["upgrade", "--check"], LIMIT),
            false => says("bootc", &["upgrade"], LIMIT),
        }
    }

    /// Follows another image from now on.
    pub fn switch(self, reference: &Reference) -> Result<String, Error> {
        says("bootc", &["switch", &reference.to_string()], LIMIT)
    }

    /// Lets the image before start next.
    pub fn rollback(self) -> Result<String, Error> {
        says("bootc", &["rollback"], LIMIT)
    }
}
