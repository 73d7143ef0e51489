//! The image of one host, or what it loses where packages are installed instead.

use super::draft::Draft;
use crate::kickstart::model::host::HostImage;
use crate::kickstart::resolve::surroundings::Surroundings;
use crate::kickstart::value::target::Installer;
use crate::origin::{Diagnostic, Sourced};
use crate::registry::Reference;

/// The image of a host, and what is known of its flavour.
pub(in crate::kickstart) fn resolve_image(
    draft: &Draft<'_>,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> Option<HostImage> {
    check_packages_only(draft, problems);
    let document = draft.document;
    let is_image = draft.installer.installs_images();
    let Some(flavour) = &document.flavour else {
        if is_image {
            let message = format!(
                "{} has no image, and {} installs images: nothing says its `flavour`",
                draft.name, draft.target
            );
            problems.push(Diagnostic::error(draft.origin, message).hint(
                "write a recipe relative to the inventory, or an image reference with its digest",
            ));
        }
        return None;
    };
    let facts = match around.flavours.get(&flavour.value) {
        Some(Ok(facts)) => facts.clone(),
        Some(Err(why)) => {
            let message = format!("the flavour {flavour} is not known: {why}");
            problems.push(Diagnostic::error(&flavour.origin, message));
            return None;
        }
        None => None,
    };
    let published = facts.as_ref().and_then(|facts| facts.reference.clone());
    let of_flavour = || match is_recipe(flavour) {
        true => published
            .clone()
            .map(|reference| Sourced::new(reference, flavour.origin.clone())),
        false => Some(flavour.clone()),
    };
    let Some(reference) = document.image.clone().or_else(of_flavour) else {
        let message = format!("nothing says where the image of {flavour} is");
        problems.push(
            Diagnostic::error(&flavour.origin, message)
                .hint("write `publish` into the recipe, or `image` here"),
        );
        return None;
    };
    // terroir's own installer takes an image by its digest alone.
    let is_own = draft.installer == Installer::Own;
    let must_pin = is_own || !is_recipe(flavour) && document.image.is_none();
    let parsed = check_reference(&reference, must_pin, problems);
    let follow = document.follow.clone().or_else(|| {
        let parsed = parsed?;
        let tag = parsed.tag().unwrap_or("latest");
        let name = format!("{}/{}:{tag}", parsed.registry(), parsed.repository());
        Some(Sourced::new(name, reference.origin.clone()))
    })?;
    check_reference(&follow, false, problems);
    Some(HostImage {
        flavour: flavour.clone(),
        reference,
        follow,
        facts,
    })
}

/// Refuses to leave out an image that is installed.
fn check_packages_only(draft: &Draft<'_>, problems: &mut Vec<Diagnostic>) {
    let stated = draft.document.packages_only.as_ref();
    if let Some(stated) = stated.filter(|stated| stated.value)
        && draft.installer == Installer::Anaconda
    {
        let message = format!("{} installs the image of {}", draft.target, draft.name);
        problems.push(
            Diagnostic::error(&stated.origin, message)
                .hint("remove `packages-only`, or choose a target that installs packages"),
        );
    }
}

/// Whether a flavour is a recipe of the repository, and no image.
#[must_use]
pub fn is_recipe(flavour: &str) -> bool {
    flavour.ends_with(".yml") || flavour.ends_with(".yaml")
}

fn check_reference(
    text: &Sourced<String>,
    pinned: bool,
    problems: &mut Vec<Diagnostic>,
) -> Option<Reference> {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "-_.:/@[]".contains(c));
    match Reference::parse(&text.value) {
        Ok(reference) if !text.contains(odd) => {
            if pinned && reference.digest().is_none() {
                let message = format!("the image {text} has no digest");
                problems.push(Diagnostic::error(&text.origin, message).hint(
                    "write registry/name:tag@sha256:…; `terroir inspect` and `skopeo inspect` tell it",
                ));
            }
            Some(reference)
        }
        Ok(_) => {
            let message = format!("`{text}` is not an image reference");
            problems.push(Diagnostic::error(&text.origin, message));
            None
        }
        Err(error) => {
            let message = error.to_string();
            problems.push(
                Diagnostic::error(&text.origin, message).hint(
                    "write a recipe (a path that ends in .yml), or registry/name:tag@sha256:…",
                ),
            );
            None
        }
    }
}
