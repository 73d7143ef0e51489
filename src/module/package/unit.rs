//! Units that these modules ship, and that they are enabled.

use super::plan::Plan;
use crate::origin::{Sourced, SourcedMap};
use crate::setting::{Declaration, ServiceState};

/// Enables units; those of users are written `user/NAME`.
pub(in crate::module) fn enable(units: &[&str], plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    let states = units
        .iter()
        .map(|unit| {
            let name = Sourced::new((*unit).to_owned(), origin.clone());
            (name, ServiceState::Enabled)
        })
        .collect();
    match Declaration::Service(SourcedMap(states)).settings(plan.around.inputs) {
        Ok(settings) => plan.settings.extend(settings),
        Err(wrong) => plan.wrong.extend(wrong),
    }
}
