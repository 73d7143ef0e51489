//! Packages that the settings of an entry need or forbid.

use super::module_type::Configuration as _;
use super::package::{Item, Request};
use super::surroundings::{Compiled, Surroundings};
use super::types::Packages;
use super::union::ListOr;
use crate::action::Action;
use crate::origin::{Diagnostic, Sourced};

/// The change of packages after which those named are present and absent.
///
/// # Errors
/// A name that the family's package manager would refuse, or a family without one.
pub fn needed_packages(
    present: &[Sourced<String>],
    absent: &[Sourced<String>],
    around: &Surroundings<'_>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let items = |names: &[Sourced<String>]| {
        let each = names.iter();
        each.map(|name| Sourced::new(Item::Name(name.value.clone()), name.origin.clone()))
            .collect::<Vec<_>>()
    };
    let request = Request {
        install: Some(ListOr::List(items(present))),
        remove: Some(ListOr::List(items(absent))),
        ..Request::default()
    };
    let mut compiled = Packages::from(request).compile(around)?;
    for action in &mut compiled.actions {
        if let Action::Packages(packages) = action {
            // An archive need not know what shall be absent.
            packages.absent = std::mem::take(&mut packages.remove);
        }
    }
    Ok(compiled)
}
