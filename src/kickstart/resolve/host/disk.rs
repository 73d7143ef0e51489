//! The disks of one host, as the inventory describes them: one, or two for a mirror.
//!
//! Which disk that is, the machine finds out during installation: `kickstart/templates/disk.sh`.

use super::draft::Draft;
use super::draft::value;
use crate::kickstart::inventory::host::DiskChoice;
use crate::kickstart::model::host::HostDisk;
use crate::kickstart::value::choice::{DiskKind, Layout};
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// The disks of a host: one, or two for a mirror.
pub(in crate::kickstart) fn resolve_disks(
    draft: &Draft<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<HostDisk> {
    let document = draft.document;
    let mut disks = Vec::new();
    let layout = document.storage.as_ref().and_then(|s| s.layout.as_ref());
    let is_mirror = layout.is_some_and(|layout| layout.value == Layout::Raid1);
    if document.disk.is_none() {
        let message = format!("nothing says the `disk` of {}", draft.name);
        problems.push(Diagnostic::error(draft.origin, message).hint(
            "choose one: disk: { id: nvme-… }, { serial: … } or { type: nvme, choose: smallest }",
        ));
    }
    match (is_mirror, &document.mirror, layout) {
        (true, None, Some(layout)) => problems.push(
            Diagnostic::error(&layout.origin, "raid1 needs a second disk")
                .hint("choose it as `mirror:`, like `disk:`"),
        ),
        (false, Some(mirror), _) => {
            let error = Diagnostic::error(&mirror.origin, "a second disk is of no use here");
            let error = error.hint("write `storage: { layout: raid1 }`, or remove `mirror`");
            problems.push(match layout {
                Some(layout) if layout.origin.line > 0 => error.and(&layout.origin, "the layout"),
                _ => error,
            });
        }
        _ => {}
    }
    for choice in [&document.disk, &document.mirror].into_iter().flatten() {
        check_choice(draft, choice, problems);
        disks.push(disk(choice));
    }
    if let [first, second] = disks.as_slice() {
        check_pair(first, second, problems);
    }
    disks
}

fn disk(choice: &Sourced<DiskChoice>) -> HostDisk {
    let text = |text: &Option<Sourced<String>>| text.as_ref().map(|text| text.value.clone());
    HostDisk {
        origin: choice.origin.clone(),
        id: text(&choice.id),
        path: text(&choice.path),
        serial: text(&choice.serial),
        wwn: text(&choice.wwn),
        min_size: value(choice.min_size.as_ref()),
        max_size: value(choice.max_size.as_ref()),
        kind: value(choice.kind.as_ref()),
        rotational: value(choice.rotational.as_ref()),
        choose: value(choice.choose.as_ref()),
    }
}

/// Refuses a choice that several disks can fit, or none that is meant.
fn check_choice(draft: &Draft<'_>, choice: &Sourced<DiskChoice>, problems: &mut Vec<Diagnostic>) {
    check_names(choice, problems);
    let exact = choice.serial.is_some()
        || choice.wwn.is_some()
        || choice.path.is_some()
        || choice.id.as_ref().is_some_and(|id| !id.contains('*'));
    if !exact && choice.choose.is_none() {
        let message = format!("several disks of {} can fit this choice", draft.name);
        problems.push(
            Diagnostic::error(&choice.origin, message)
                .labelled("nothing here says which one")
                .and(draft.origin, "of this host")
                .hint("add `choose: smallest` or `largest`, or name it by `id`, `serial`, `wwn` or `path`"),
        );
    }
    if let (true, Some(choose)) = (exact, &choice.choose) {
        let message = "a disk that is named cannot be chosen among several";
        problems.push(
            Diagnostic::error(&choose.origin, message)
                .hint("remove `choose`, or what names the disk"),
        );
    }
    if let (Some(least), Some(most)) = (&choice.min_size, &choice.max_size)
        && least.value > most.value
    {
        problems.push(
            Diagnostic::error(
                &most.origin,
                format!("no disk is at most {most} and at least {least}"),
            )
            .and(&least.origin, "the smallest"),
        );
    }
}

/// Checks what names a disk.
fn check_names(choice: &Sourced<DiskChoice>, problems: &mut Vec<Diagnostic>) {
    let [id, path] = [&choice.id, &choice.path];
    text_rule::TOKEN.check_all([id, path].into_iter().flatten(), problems);
    for token in [&choice.serial, &choice.wwn, path].into_iter().flatten() {
        if token.contains('*') {
            let message = format!("`{token}` is a pattern");
            problems.push(
                Diagnostic::error(&token.origin, message)
                    .hint("only `id` takes `*`, together with `choose`"),
            );
        }
    }
    let plain = |token: &&Sourced<String>| !token.contains('*');
    text_rule::DISK_SERIAL.check_all(choice.serial.iter().filter(plain), problems);
    text_rule::WWN.check_all(choice.wwn.iter().filter(plain), problems);
    let kind = choice.kind.as_ref().map(|kind| kind.value);
    for (start, needed) in [("usb-", DiskKind::Usb), ("mmc-", DiskKind::Mmc)] {
        let pattern = id.as_ref().filter(|id| id.contains('*'));
        if let Some(id) = pattern.filter(|id| id.starts_with(start) && kind != Some(needed)) {
            let message = format!("`{id}` fits {needed} disks only, which nothing asks for");
            problems.push(
                Diagnostic::error(&id.origin, message)
                    .hint(format!("add `type: {needed}` if such a disk is meant")),
            );
        }
    }
}

/// Refuses two choices that fit the same disk.
fn check_pair(first: &HostDisk, second: &HostDisk, problems: &mut Vec<Diagnostic>) {
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    let alike = HostDisk {
        origin: first.origin.clone(),
        ..second.clone()
    } == *first;
    if alike
        || same(&first.serial, &second.serial)
        || same(&first.wwn, &second.wwn)
        || same(&first.id, &second.id)
        || same(&first.path, &second.path)
    {
        problems.push(
            Diagnostic::error(&second.origin, "both disks of the mirror are the same")
                .and(&first.origin, "the first one")
                .hint("choose two disks, each by its `id`, `serial`, `wwn` or `path`"),
        );
    }
}
