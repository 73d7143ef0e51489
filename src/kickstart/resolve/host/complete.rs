//! Completing one host: its merged keys checked, its parts put together.

use super::disk::resolve_disks;
use super::draft::Draft;
use super::encryption::resolve_encryption;
use super::image::resolve_image;
use super::link::resolve_link;
use super::own::{check_name, check_own};
use super::storage::resolve_storage;
use crate::kickstart::inventory::host::{HostDocument, RootDocument, UserDocument};
use crate::kickstart::inventory::merge::Merged;
use crate::kickstart::model::host::{Host, HostStorage, HostUser};
use crate::kickstart::model::site::{Site, SiteRegistry};
use crate::kickstart::resolve::surroundings::Surroundings;
use crate::kickstart::value::choice::{Payload, Unlock};
use crate::kickstart::value::target::{Installer, Target};
use crate::kickstart::value::text_rule;
use crate::origin::{Diagnostic, Origin, Sourced, SourcedMap};
use crate::registry::Reference;

/// Completes a host; none when too much is absent to go on. Errors about the target show where the
/// target is stated.
pub(in crate::kickstart) fn resolve_host(
    (merged, document): (&Merged, &HostDocument),
    site: &Site,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> Option<Host> {
    let mut wrong = Vec::new();
    let host = completed((merged, document), site, around, &mut wrong);
    let target = document
        .target
        .as_ref()
        .filter(|target| target.origin.line > 0);
    problems.extend(wrong.into_iter().map(|problem| match target {
        Some(target) if is_about(&problem, target) => problem.and(&target.origin, "the target"),
        _ => problem,
    }));
    host
}

/// Whether a problem names a target and not yet its place.
fn is_about(problem: &Diagnostic, target: &Sourced<Target>) -> bool {
    let named =
        problem.message.contains(target.name()) || problem.message.starts_with("debian-installer");
    let told = |origin: &Origin| *origin == target.origin;
    named && !told(&problem.origin) && !problem.related.iter().any(|(origin, _)| told(origin))
}

fn completed(
    (merged, document): (&Merged, &HostDocument),
    site: &Site,
    around: &Surroundings,
    problems: &mut Vec<Diagnostic>,
) -> Option<Host> {
    let name = &merged.name;
    text_rule::HOST.check(name, problems);
    check_identity(name, document, problems);
    check_texts(document, problems);
    let target = resolve_target(name, document, problems)?;
    let draft = Draft {
        name,
        document,
        origin: &name.origin,
        target: target.value,
        installer: installer(document, target.value),
    };
    let image = resolve_image(&draft, around, problems);
    let facts = image.as_ref().and_then(|image| image.facts.as_deref());
    let disks = resolve_disks(&draft, problems);
    let storage = resolve_storage(&draft, facts, problems);
    let encryption = resolve_encryption(&draft, storage.as_ref(), problems);
    let network = resolve_link(&draft, site, problems);
    let registry = image
        .as_ref()
        .and_then(|image| Reference::parse(&image.reference).ok());
    let registry = registry.and_then(|reference| site.registries.get(reference.registry()));
    check_payload(&draft, registry, storage.as_ref(), problems);
    check_own(&draft, registry, storage.as_ref(), problems);
    let root = document.root.clone().unwrap_or_default();
    check_keys(root.ssh_keys.iter().flatten(), problems);
    let host = Host {
        name: name.clone(),
        groups: merged.groups.clone(),
        description: document.description.clone(),
        macs: document.mac.clone().map(|macs| macs.0).unwrap_or_default(),
        serial: document.serial.clone(),
        uuid: document.uuid.clone(),
        target,
        installer: draft.installer,
        image,
        payload: document.payload.clone()?,
        disks,
        storage: storage?,
        encryption: encryption?,
        network: network?,
        users: users(document.users.as_ref(), problems),
        root_password: root.password.clone(),
        root_keys: root_keys(&root),
        time_zone: document.time_zone.clone()?,
        locale: document.locale.clone()?,
        keyboard: document.keyboard.clone()?,
        kernel_arguments: document.kernel_arguments.clone().unwrap_or_default(),
        first_boot: document.first_boot.clone().unwrap_or_default(),
        packages: document.packages.clone().unwrap_or_default(),
        finish: document.finish.clone()?,
        hand_over: document.hand_over.clone(),
    };
    check_name(&host, problems);
    Some(host)
}

/// The target of the host; nothing else can be checked without it.
fn resolve_target(
    name: &Sourced<String>,
    document: &HostDocument,
    problems: &mut Vec<Diagnostic>,
) -> Option<Sourced<Target>> {
    if document.target.is_none() {
        let names = Target::ALL.map(Target::name).join(", ");
        let message = format!("nothing says the `target` of {name}");
        problems.push(Diagnostic::error(&name.origin, message).hint(format!(
            "write it at the host, a group or the site; known: {names}"
        )));
    }
    document.target.clone()
}

/// What installs a host: Fedora and Red Hat have an installer of images; on the others it is terroir's own,
/// unless packages are wanted.
fn installer(document: &HostDocument, target: Target) -> Installer {
    let packages = document
        .packages_only
        .as_ref()
        .is_some_and(|only| only.value);
    match target.distribution_installer() {
        Installer::Anaconda => Installer::Anaconda,
        of_packages if packages || document.flavour.is_none() => of_packages,
        _ => Installer::Own,
    }
}

fn root_keys(root: &RootDocument) -> Vec<Sourced<String>> {
    root.ssh_keys.clone().unwrap_or_default()
}

fn check_identity(name: &Sourced<String>, host: &HostDocument, problems: &mut Vec<Diagnostic>) {
    if host.mac.is_none() && host.serial.is_none() && host.uuid.is_none() {
        let message = format!("nothing says which machine {name} is");
        problems.push(
            Diagnostic::error(&name.origin, message)
                .hint("write its `mac` (or `serial`, or `uuid`): mac: 52:54:00:12:34:56"),
        );
    }
    text_rule::TOKEN.check_all(&host.serial, problems);
    text_rule::UUID.check_all(&host.uuid, problems);
}

/// Checks the texts that have a rule of their own.
fn check_texts(host: &HostDocument, problems: &mut Vec<Diagnostic>) {
    text_rule::TIME_ZONE.check_all(&host.time_zone, problems);
    text_rule::LOCALE.check_all(&host.locale, problems);
    text_rule::KEYBOARD.check_all(&host.keyboard, problems);
    for argument in host.kernel_arguments.iter().flatten() {
        text_rule::check_kernel_argument(argument, problems);
    }
    text_rule::PACKAGE.check_all(host.packages.iter().flatten(), problems);
    for command in host.first_boot.iter().flatten() {
        if command.trim().is_empty() {
            let message = "a command of the first boot is empty";
            problems.push(Diagnostic::error(&command.origin, message).hint("remove it"));
        }
    }
    if let Some(script) = &host.hand_over
        && crate::kickstart::output::file::RelativePath::new(script.value.as_str()).is_none()
    {
        let message = format!("`{script}` leads elsewhere");
        problems.push(
            Diagnostic::error(&script.origin, message)
                .hint("write a path below the folder that the web server serves"),
        );
    }
}

/// Refuses `bootc` where the target or the options do not allow it.
fn check_payload(
    draft: &Draft<'_>,
    registry: Option<&SiteRegistry>,
    storage: Option<&HostStorage>,
    problems: &mut Vec<Diagnostic>,
) {
    let document = draft.document;
    let Some(payload) = &document.payload else {
        return;
    };
    if payload.value != Payload::Bootc {
        return;
    }
    let mut refuse = |why: &str, other: Option<(&Origin, &str)>| {
        let message = format!("the payload `bootc` does not work here: {why}");
        let error = Diagnostic::error(&payload.origin, message).hint("write ostreecontainer");
        problems.push(match other {
            Some((origin, words)) => error.and(origin, words),
            None => error,
        });
    };
    let target = document.target.as_ref().map(|target| &target.origin);
    if !draft.target.knows_bootc() {
        let why = format!("{} does not know it", draft.target);
        refuse(&why, target.map(|origin| (origin, "the target")));
    }
    if let Some(mirror) = &document.mirror {
        refuse(
            "it takes one disk",
            Some((&mirror.origin, "the second one")),
        );
    }
    let credentials = registry.and_then(|registry| registry.credentials.as_ref());
    if let Some(credentials) = credentials {
        let words = "this registry needs them";
        refuse(
            "it takes no credentials",
            Some((&credentials.origin, words)),
        );
    }
    // Anaconda 45 keeps mount points and collects the arguments that open disks; older ones do not.
    let own = storage.and_then(|storage| storage.volumes.iter().find(|one| one.place != "/"));
    if draft.target != Target::F45 {
        if let Some(volume) = own {
            let why = format!("{} gives it one volume", draft.target);
            refuse(&why, Some((&volume.origin, "another volume")));
        }
        let unlock = document.encryption.as_ref().and_then(|e| e.unlock.as_ref());
        if let Some(unlock) = unlock.filter(|unlock| unlock.value != Unlock::None) {
            let why = format!("{} does not encrypt for it", draft.target);
            refuse(&why, Some((&unlock.origin, "the encryption")));
        }
    }
}

fn check_keys<'a>(
    keys: impl IntoIterator<Item = &'a Sourced<String>>,
    problems: &mut Vec<Diagnostic>,
) {
    text_rule::SSH_KEY.check_all(keys, problems);
}

fn users(
    users: Option<&SourcedMap<UserDocument>>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<HostUser> {
    let mut built = Vec::new();
    for (login, user) in users.into_iter().flat_map(SourcedMap::iter) {
        text_rule::USER.check(login, problems);
        if login.value == "root" {
            let message = "root is not a user";
            problems.push(Diagnostic::error(&login.origin, message).hint("write it as `root:`"));
        }
        text_rule::LINE.check_all(&user.name, problems);
        text_rule::USER.check_all(user.groups.iter().flatten(), problems);
        text_rule::SHELL.check_all(&user.shell, problems);
        check_keys(user.ssh_keys.iter().flatten(), problems);
        built.push(HostUser {
            login: login.clone(),
            name: user.name.clone(),
            password: user.password.clone(),
            groups: user.groups.clone().unwrap_or_default(),
            ssh_keys: user.ssh_keys.clone().unwrap_or_default(),
            shell: user.shell.clone(),
        });
    }
    built
}
