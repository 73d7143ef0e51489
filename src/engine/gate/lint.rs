//! The gate for images that boot: no rule of the lint calls one of them broken.

use super::finished::Gate;
use crate::bootable::lint::{Options, Root, Severity, TABLE, lint};
use crate::engine::error::Error;
use crate::oci::PlatformImage;

impl Gate<'_> {
    /// Holds an image whose root was shaped to the rules of `terroir lint`; gives the number of warnings.
    pub(in crate::engine) fn lint(self, image: &PlatformImage) -> Result<usize, Error> {
        let ids: Vec<&str> = TABLE.iter().map(|rule| rule.id).collect();
        let rules = serde_json::json!({ "rules": ids, "program": env!("CARGO_PKG_VERSION") });
        let key = self.key("lint", &rules);
        if self.store.note("gates", &key)?.is_some() {
            return Ok(0);
        }
        let root = Root::of_image(image, self.source)?;
        let report = lint(&root, &Options::default());
        let errors = report
            .findings()
            .filter(|(_, severity, _)| *severity == Severity::Error);
        let errors: Vec<String> = errors
            .map(|(rule, _, found)| format!("{rule}: {}: {}", found.path, found.message))
            .collect();
        if !errors.is_empty() {
            return Err(Error::Lint(errors));
        }
        self.store.put_note("gates", &key, b"held")?;
        Ok(report.count(Severity::Warning))
    }
}
