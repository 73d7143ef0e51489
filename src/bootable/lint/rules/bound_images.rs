//! `bound-images`: images bound to this one that cannot be fetched.

use crate::bootable::lint::ini;
use crate::bootable::lint::root::Root;
use crate::bootable::lint::rule::{BOOTC, Found, Rule, Severity};
use crate::tree::NodeKind;

/// The rule.
pub(in crate::bootable::lint) const RULE: Rule = Rule {
    id: "bound-images",
    severity: Severity::Error,
    summary: "an entry of `/usr/lib/bootc/bound-images.d` is no link to a unit with an image",
    applies: BOOTC,
    check,
};

/// What lets Podman find bound images.
const STORE: &str = "additionalimagestore=/usr/lib/bootc/storage";

fn check(root: &Root) -> Vec<Found> {
    let mut found = Vec::new();
    for path in root.files_in("/usr/lib/bootc/bound-images.d", "") {
        let node = root.files.node(&path);
        if !node.is_some_and(|node| matches!(node.kind, NodeKind::Link(_))) {
            found.push(Found::at(
                &path,
                "it is no link; bootc reads links to Quadlet units only",
            ));
            continue;
        }
        let target = root.files.followed(&path);
        let text = target.and_then(|(target, _)| Some((root.text_at(&target)?, target)));
        let Some((text, target)) = text else {
            found.push(Found::at(&path, "it leads to no file"));
            continue;
        };
        let section = match target.file_name() {
            name if name.ends_with(b".container") => "Container",
            name if name.ends_with(b".image") => "Image",
            _ => {
                found.push(Found::at(
                    &path,
                    "it leads neither to a .image nor to a .container",
                ));
                continue;
            }
        };
        match ini::value(&text, section, "Image") {
            None => found.push(Found::at(&target, format!("`[{section}]` has no `Image=`"))),
            Some(image) if image.contains('%') => {
                let message = format!("`Image={image}` has a specifier, which bootc refuses");
                found.push(Found::at(&target, message));
            }
            Some(_) => {}
        }
        let arguments = ini::lines(&text).into_iter();
        let mut arguments = arguments.filter(|line| line.key == "GlobalArgs");
        if section == "Container" && !arguments.any(|line| line.value.contains(STORE)) {
            let message = format!("it lacks `GlobalArgs=--storage-opt={STORE}`");
            found.push(Found::at(&target, message).warning());
        }
    }
    found
}
