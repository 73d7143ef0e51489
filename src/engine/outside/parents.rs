//! What the loader of recipes asks about parents.

use crate::engine::error::Error;
use crate::module::ImageConfig;
use crate::oci::Platform;
use crate::recipe::{Base, Known, Parents, Unusable};
use crate::{registry, store};

use super::sources::{Outside, Reach};

impl Parents for Outside {
    fn known(&self, base: &Base, platform: &Platform) -> Result<Option<Known>, Unusable> {
        let found = self
            .parent(base, platform)
            .map_err(|error| unusable(&error))?;
        if found.is_none() {
            let locked = self
                .locking()
                .and_then(|locking| locking.facts(base, platform));
            return Ok(locked.map(|facts| Known {
                facts,
                record: None,
                config: None,
                triggers: Vec::new(),
            }));
        }
        Ok(found.map(|parent| Known {
            facts: parent.facts.clone(),
            record: parent.record.clone(),
            config: Some(ImageConfig::of_image(&parent.config)),
            triggers: triggers(&parent.config),
        }))
    }

    fn config(&self, base: &Base, platform: &Platform) -> Result<Option<ImageConfig>, Unusable> {
        match self.image_config(base, platform) {
            Ok(found) => Ok(found.as_ref().map(ImageConfig::of_image)),
            // What is not in the store is not known.
            Err(_) if self.reach == Reach::Offline => Ok(None),
            Err(error) => Err(unusable(&error)),
        }
    }
}

/// The instructions that a config has for those who build on its image.
fn triggers(config: &serde_json::Value) -> Vec<String> {
    let stated = config.pointer("/config/OnBuild");
    let stated = stated.and_then(serde_json::Value::as_array);
    let texts = stated.into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// Why a parent cannot be used.
fn unusable(error: &Error) -> Unusable {
    Unusable {
        why: describe(error),
        // A name that cannot be is the recipe's mistake, what lies behind a good one is not.
        outside: !matches!(
            error,
            Error::Platform { .. }
                | Error::NotLocked { .. }
                | Error::Drift { .. }
                | Error::Registry(registry::Error::Reference { .. })
                | Error::Store(store::Error::NoLayout { .. })
        ),
    }
}

/// An error in one line: its causes, each once, and what to do.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    match error {
        Error::Registry(error) => error
            .hint()
            .map_or(text.clone(), |hint| format!("{text}; {hint}")),
        Error::NotLocked { .. } => format!("{text}; terroir lock adds it"),
        Error::Platform { .. } => {
            format!("{text}; name one that it has in `platforms` or with --platform")
        }
        Error::Drift { .. } => format!("{text}; terroir update takes what is there now"),
        _ => text,
    }
}
