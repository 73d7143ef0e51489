//! References and other places on the command line.

use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Target;
use crate::recipe::Base;
use crate::registry::{Reference, is_short};

/// Reads a reference as an argument.
pub(in crate::cli) fn reference(text: &str) -> Result<Reference, Failure> {
    let name = text.strip_prefix("docker://").unwrap_or(text);
    let parsed = Reference::parse(name);
    // A short name is Docker Hub's only where the transport asks for a registry.
    if parsed.is_ok() && name == text && is_short(name) {
        let message = format!("`{text}` does not say which registry is meant");
        return Err(Failure::say(Kind::Usage, message).hint(format!("write {}", in_full(text))));
    }
    parsed.map_err(|error| {
        let failure = Failure::new(Kind::Usage, &error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// A short name as Docker Hub has it.
pub(in crate::cli) fn in_full(name: &str) -> String {
    let reference = Reference::parse(name);
    reference.map_or_else(
        |_| format!("registry.example.org/{name}"),
        |one| one.to_string(),
    )
}

/// Reads where packages are kept.
pub(in crate::cli) fn base(text: &str) -> Result<Base, Failure> {
    match Target::parse(text) {
        Target::Base(Base::Image(name)) => reference(&name).map(|_| Base::Image(name)),
        Target::Base(base) => Ok(base),
        Target::Recipe(_) => Err(Failure::say(
            Kind::Usage,
            format!("`{text}` is a recipe, which keeps no packages"),
        )
        .hint("write a reference, oci:DIR:TAG or oci-archive:FILE")),
    }
}
