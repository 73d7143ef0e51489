//! The comment that every file of the boot chain begins with.

use crate::kickstart::model::host::Host;
use crate::kickstart::template::scene::Scene;

/// Lines of a comment that say from which inventory, image and template a file came.
pub(in super::super) fn header(scene: &Scene<'_>, template: &str, host: Option<&Host>) -> String {
    let site = scene.site;
    let mut lines = vec![format!(
        "# Made by terroir from {} (sha256 {}), template {}.",
        site.inventory,
        site.digest,
        scene.templates.source(template)
    )];
    if let Some(host) = host {
        let image = host.image.as_ref();
        lines.push(match image {
            Some(image) => format!("# Host {}, image {}.", host.name.value, &*image.reference),
            None => format!("# Host {}.", host.name.value),
        });
    }
    lines.join("\n")
}
