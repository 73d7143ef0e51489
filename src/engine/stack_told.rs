//! What is said of each step while a stack grows: its number, and whether it is cached or why not.

use crate::oci::platform_name;

use super::stack::{Stack, Step};

impl Stack<'_> {
    /// Tells what becomes of the next step, when its commands have not been told of already.
    pub(super) fn tell(&self, step: &Step, missed: Option<&str>) {
        let what = match (missed, &step.key) {
            (None, None) => "changes nothing".to_owned(),
            (None, Some(_)) => "cached".to_owned(),
            (Some(_), _) if step.pieces.is_none() => return,
            (Some(why), _) => format!("written: {why}"),
        };
        self.say_step(&step.label, &what);
    }

    /// Says something of the step that comes next.
    pub(super) fn say_step(&self, label: &str, what: &str) {
        if !self.with.runner.is_some_and(|runner| runner.tells) {
            return;
        }
        let flavour = self.with.flavour;
        let platform = match flavour.platforms.len() {
            0 | 1 => String::new(),
            _ => format!(" ({})", platform_name(&flavour.platform)),
        };
        let (step, of) = (self.steps.len() + 1, flavour.entries.len());
        // What is done once after all entries is none of them.
        let count = match step <= of {
            true => format!("step {step} of {of}, "),
            false => String::new(),
        };
        let outside = self.with.outside;
        outside.say(&format!(
            "{}{platform}: {count}{label}: {what}",
            flavour.name
        ));
    }
}
