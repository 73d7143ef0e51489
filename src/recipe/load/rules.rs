//! The rules, exceptions and audit gate of a native recipe, as a flavour keeps them.

use crate::origin::Sourced;
use crate::recipe::claims::chain::{Exception, Mandatory};
use crate::recipe::document::{self, Exceptions, NativeDocument, Subject};
use crate::recipe::flavour::resolved::AuditGate;

pub(in crate::recipe) fn rules(document: &NativeDocument) -> Vec<Mandatory> {
    let owner = document.owner.as_ref().map(|owner| owner.value.clone());
    let rule = |rule: &document::Mandatory| Mandatory {
        pattern: rule.pattern.value.clone(),
        exceptions_allowed: rule.exceptions == Exceptions::Allowed,
        flavour: document.name.value.clone(),
        tier: document.tier.value,
        owner: owner.clone(),
        origin: rule.pattern.origin.clone(),
    };
    document.mandatory.iter().map(rule).collect()
}

/// What the build has to hold the image to.
pub(in crate::recipe) fn audit_gate(written: &Sourced<document::AuditGate>) -> AuditGate {
    let choose = written.choose.iter();
    AuditGate {
        benchmark: written.benchmark.as_ref().map(|name| name.value.clone()),
        level: written.level,
        workstation: written.profile == document::AuditProfile::Workstation,
        threshold: written.threshold,
        choose: choose
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect(),
        origin: written.origin.clone(),
    }
}

pub(in crate::recipe) fn exceptions(document: &NativeDocument) -> Vec<Exception> {
    let written = document.exceptions.iter();
    written
        .map(|written| exception(written, &document.name))
        .collect()
}

pub(in crate::recipe) fn exception(
    written: &Sourced<document::Exception>,
    flavour: &str,
) -> Exception {
    let (Subject::Control(subject) | Subject::Setting(subject)) = &written.value.subject;
    Exception {
        control: subject.value.clone(),
        reason: written.value.reason.value.clone(),
        owner: written.value.owner.value.clone(),
        expires: written.value.expires.value.to_string(),
        flavour: flavour.to_owned(),
        origin: written.origin.clone(),
    }
}
