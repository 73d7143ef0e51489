//! What a flavour inherits from its parent, whether recipe or image.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::action::LifeCycle;
use crate::module::{FinishRequest, ImageConfig};
use crate::oci::Platform;
use crate::origin::{Diagnostic, Origin, Sourced, Tier};
use crate::recipe::claims::chain::{Claims, Exception, Mandatory};
use crate::recipe::flavour::expectation::Expectation;
use crate::recipe::flavour::facts::Facts;
use crate::recipe::flavour::record::{Ancestor, Layers};
use crate::recipe::flavour::resolved::{Base, Flavour, Inherited, Parent};
use crate::recipe::repository::documents::Repository;

/// What a flavour inherits from its parent.
#[derive(Clone, Debug, Default)]
pub(in crate::recipe) struct Inheritance {
    /// The flavours above.
    pub ancestry: Vec<Ancestor>,
    /// The facts, once known.
    pub facts: Option<Facts>,
    /// Variables.
    pub vars: BTreeMap<String, Value>,
    /// Settings.
    pub claims: Claims,
    /// Rules.
    pub mandatory: Vec<Mandatory>,
    /// Deviations.
    pub exceptions: Vec<Exception>,
    /// The options that layers with controls were used with.
    pub layers: Layers,
    /// What is expected of the finished tree.
    pub tests: Vec<Expectation>,
    /// The life cycle of the root, with the place that asks for it, or that names the parent.
    pub life_cycle: Option<(LifeCycle, Origin)>,
    /// What could not be checked.
    pub notes: Vec<Diagnostic>,
    /// What instructions find of its image's config.
    pub config: Inherited,
    /// Where the parent is named, or its own recipe.
    place: Option<Origin>,
}

/// Gathers what a parent hands down.
pub(in crate::recipe) fn inherit(
    repository: &Repository<'_>,
    parent: &Parent,
    platform: &Platform,
) -> Result<Inheritance, Vec<Diagnostic>> {
    let base = match parent {
        Parent::Flavour(flavour) => return Ok(of_flavour(flavour)),
        Parent::Base(base) => base,
    };
    let known = repository
        .known(&base.value, platform)
        .map_err(|unusable| {
            let name = base.value.describe();
            let message = match unusable.why.starts_with(&name) {
                true => unusable.why,
                false => format!("{name} cannot be used: {}", unusable.why),
            };
            vec![Diagnostic::error(&base.origin, message).from_outside(unusable.outside)]
        })?;
    let mut inheritance = Inheritance {
        place: Some(base.origin.clone()),
        ..Inheritance::default()
    };
    match known {
        Some(known) => {
            inheritance.config = known.config.into();
            inheritance.notes.extend(triggers(base, &known.triggers));
            inheritance.facts = Some(known.facts);
            if let Some(record) = known.record {
                inheritance.ancestry.clone_from(&record.ancestry);
                inheritance.vars.clone_from(&record.vars);
                inheritance.claims.clone_from(&record.settings);
                inheritance.mandatory.clone_from(&record.mandatory);
                inheritance.exceptions.clone_from(&record.exceptions);
                inheritance.layers.clone_from(&record.layers);
                inheritance.tests.clone_from(&record.tests);
                let mut shapes = record.finish.iter().filter_map(FinishRequest::life_cycle);
                let shape = shapes.next();
                inheritance.life_cycle = shape.map(|shape| (shape, base.origin.clone()));
            }
        }
        None => match &base.value {
            Base::Bootstrap(bootstrap) => {
                // Such a base states nothing but the usual PATH.
                inheritance.config = Some(ImageConfig::default()).into();
                let (distribution, suite) = (&bootstrap.distribution, &bootstrap.suite);
                inheritance.facts = Facts::of_suite(distribution, suite, &bootstrap.architecture);
                if inheritance.facts.is_none() {
                    inheritance
                        .notes
                        .push(unknown(base, "its facts are known once it is built"));
                }
            }
            _ => {
                inheritance.config = None.into();
                let what = "it is not in the store, so neither its facts nor its settings could be checked";
                inheritance.notes.push(unknown(base, what));
            }
        },
    }
    Ok(inheritance)
}

/// Warns that `ONBUILD` instructions of a base are not followed.
fn triggers(base: &Sourced<Base>, triggers: &[String]) -> Option<Diagnostic> {
    let first = triggers.first()?;
    let message = "the base's ONBUILD instructions are not followed";
    Some(
        Diagnostic::warning(&base.origin, message)
            .labelled(format!("it says ONBUILD {first}"))
            .hint("write them into an entry of type containerfile where they are needed"),
    )
}

fn unknown(base: &Sourced<Base>, what: &str) -> Diagnostic {
    Diagnostic::warning(&base.origin, format!("{}: {what}", base.value.describe()))
        .hint("--fetch gets what is missing")
}

fn of_flavour(flavour: &Flavour) -> Inheritance {
    Inheritance {
        ancestry: flavour.ancestry.clone(),
        facts: flavour.facts.clone(),
        vars: flavour.vars.clone(),
        claims: flavour.claims.clone(),
        mandatory: flavour.mandatory.clone(),
        exceptions: flavour.exceptions.clone(),
        layers: flavour.layers.clone(),
        tests: flavour.tests.clone(),
        life_cycle: flavour.life_cycle.clone(),
        notes: flavour.notes.clone(),
        config: flavour.inherited_config.under(&flavour.config),
        place: Some(Origin::of_file(&flavour.recipe)),
    }
}

impl Inheritance {
    /// That of a parent of which nothing can be known.
    pub(in crate::recipe) fn unknown() -> Self {
        Self {
            config: None.into(),
            ..Self::default()
        }
    }

    /// The tier of the parent; universal for what no recipe of terroir made.
    pub(in crate::recipe) fn tier(&self) -> Tier {
        self.ancestry
            .last()
            .map_or(Tier::Universal, |parent| parent.tier)
    }

    /// Refuses a flavour that derives from a lower tier than its own.
    pub(in crate::recipe) fn check_tier(
        &self,
        tier: &Sourced<Tier>,
    ) -> Result<(), Vec<Diagnostic>> {
        let Some(parent) = self
            .ancestry
            .last()
            .filter(|parent| parent.tier > tier.value)
        else {
            return Ok(());
        };
        let message = format!(
            "a {} flavour cannot derive from the {} flavour {}",
            tier.value, parent.tier, parent.name
        );
        let mut error =
            Diagnostic::error(&tier.origin, message).labelled(format!("{} here", tier.value));
        if let Some(place) = &self.place {
            error = error.and(place, format!("{} is {}", parent.name, parent.tier));
        }
        Err(vec![error.hint(format!(
            "tiers go universal, group, local; make this one {}, or derive it from something above",
            parent.tier
        ))])
    }
}
