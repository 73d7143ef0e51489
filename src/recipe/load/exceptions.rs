//! Exceptions that match no known control or setting.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::layer::{ControlId, SHIPPED};
use crate::origin::{Diagnostic, did_you_mean};
use crate::recipe::flavour::resolved::Flavour;
use crate::setting::{Kind, matches};

/// The numbers of all controls that the shipped layers have.
static SHIPPED_CONTROLS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let documents = SHIPPED.iter().filter_map(|layer| layer.read().ok());
    let controls = documents.flat_map(|document| document.controls);
    let ids = controls.flat_map(|control| control.ids);
    ids.map(|id| id.value.as_str().to_owned()).collect()
});

/// The flavour's own exceptions that no control and no setting can have; `own` are the numbers of
/// the controls of layers that its recipe uses.
pub(in crate::recipe) fn unknown_controls(
    flavour: &Flavour,
    own: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let mut exceptions = flavour.exceptions.iter();
    if !exceptions.any(|one| one.flavour == flavour.name) {
        return Vec::new();
    }
    let chains = flavour.claims.iter().flat_map(|(_, chain)| chain);
    let demanded: BTreeSet<&str> = chains
        .flat_map(|claim| claim.controls.iter().map(String::as_str))
        .collect();
    let shipped = SHIPPED_CONTROLS.iter().map(String::as_str);
    let known: BTreeSet<&str> = shipped
        .chain(own.iter().map(String::as_str))
        .chain(demanded)
        .collect();
    let exceptions = flavour.exceptions.iter();
    let exceptions = exceptions.filter(|one| one.flavour == flavour.name);
    exceptions
        .filter_map(|exception| {
            let subject = exception.control.as_str();
            let (what, near) = match subject.split_once(':') {
                Some((kind, _)) if Kind::from_prefix(kind).is_some() => return None,
                Some((kind, _)) => {
                    let kinds = Kind::ALL.into_iter().map(Kind::prefix);
                    (
                        format!("there is no kind of settings `{kind}`"),
                        did_you_mean(kind, kinds),
                    )
                }
                None if known.iter().any(|id| is_of(subject, id)) => return None,
                None => (
                    format!("no layer has a control `{subject}`"),
                    did_you_mean(subject, known.iter().copied()),
                ),
            };
            let problem = Diagnostic::error(&exception.origin, what)
                .labelled("this exception matches nothing");
            Some(match near {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("a control is a benchmark and a number, as in cis/5.1.20"),
            })
        })
        .collect()
}

/// Whether an exception is about a control: by its number, a pattern, or a section.
fn is_of(subject: &str, id: &str) -> bool {
    matches(subject, id) || ControlId::parse(id).is_ok_and(|id| id.is_in(subject))
}
