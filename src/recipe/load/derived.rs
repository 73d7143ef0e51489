//! A flavour before its own entries: its name, and what it inherits.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::module::ImageConfig;
use crate::oci::Platform;
use crate::recipe::ancestry::inheritance::Inheritance;
use crate::recipe::flavour::record::Ancestor;
use crate::recipe::flavour::resolved::{Flavour, Parent};

/// A flavour that adds nothing yet to what it inherits; `own` joins its ancestry.
pub(super) fn derived(
    own: Ancestor,
    (file, platform): (&Arc<str>, &Platform),
    parent: Parent,
    inheritance: Inheritance,
) -> Flavour {
    let mut ancestry = inheritance.ancestry;
    ancestry.push(own.clone());
    Flavour {
        name: own.name,
        description: None,
        version: own.version,
        owner: own.owner,
        tier: own.tier,
        recipe: Arc::clone(file),
        platform: platform.clone(),
        platforms: Vec::new(),
        labels: BTreeMap::new(),
        publish: None,
        parent,
        facts: inheritance.facts,
        vars: inheritance.vars,
        stages: Vec::new(),
        config: ImageConfig::default(),
        inherited_config: inheritance.config,
        entries: Vec::new(),
        inherited: inheritance.claims.clone(),
        claims: inheritance.claims,
        last_wins: false,
        mandatory: inheritance.mandatory,
        exceptions: inheritance.exceptions,
        layers: inheritance.layers,
        tests: inheritance.tests,
        life_cycle: inheritance.life_cycle,
        audit: None,
        ancestry,
        notes: inheritance.notes,
    }
}
