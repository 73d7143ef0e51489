//! The step before an entry for the packages that its settings need or forbid.

use std::collections::BTreeMap;

use super::reading::Reading;
use crate::module::needed_packages;
use crate::origin::Sourced;
use crate::recipe::document::Entry as Written;
use crate::recipe::flavour::resolved::Entry;
use crate::setting::{PackageState, Setting};

impl Reading<'_, '_> {
    /// The step before an entry that brings and takes the packages which its settings speak of.
    pub(in crate::recipe) fn packages_of(
        &mut self,
        written: &Written,
        entry: &Entry,
    ) -> Option<Entry> {
        let mut states = BTreeMap::new();
        for proposal in &entry.proposals {
            if let Some(state) = proposal.setting.package() {
                let Setting { name, origin, .. } = &proposal.setting;
                states.insert(name.clone(), (state, origin.clone()));
            }
        }
        if states.is_empty() {
            return None;
        }
        let of = |wanted| -> Vec<Sourced<String>> {
            let some = states.iter().filter(|(_, (state, _))| *state == wanted);
            some.map(|(name, (_, origin))| Sourced::new(name.clone(), origin.clone()))
                .collect()
        };
        let (present, absent) = (of(PackageState::Present), of(PackageState::Absent));
        let mut step = self.empty(format!("packages of {}", entry.label), &written.origin);
        self.compile(written, "packages", &mut step, &|around| {
            needed_packages(&present, &absent, around)
        });
        Some(step)
    }
}
