//! `terroir lock --check`: whether recipes, lock and published images agree.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::outdated::flavours::of;
use super::resolve::chosen;
use crate::change::{Archive, Current, Seen, compare_to_lock, stated_changes};
use crate::cli::arguments::lock::Lock as LockArguments;
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::load::load;
use crate::cli::target::find::choose;
use crate::cli::target::record::read_record;
use crate::engine::{Locking, Outside, Reach};
use crate::oci::{PlatformImage, platform_name};
use crate::recipe::{Base, Flavour, Lock, Parent, Record};
use crate::registry::{self, Reference};

/// The annotation with the digest of the platform's manifest that an image was built on.
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// What was found of one flavour on one platform.
struct Checked {
    flavour: String,
    platform: String,
    differences: Vec<String>,
    unknown: Vec<String>,
}

/// Compares every recipe with the lock and with the image that it publishes; writes nothing.
pub(super) fn check(session: &Session, arguments: &LockArguments) -> Result<(), Failure> {
    let (recipes, _) = chosen(&arguments.recipes)?;
    let mut all = Vec::new();
    let mut unread: Vec<(PathBuf, Failure)> = Vec::new();
    for recipe in &recipes {
        match checked(session, recipe) {
            Ok(found) => all.extend(found),
            Err(failure) if failure.kind == Kind::Outside => unread.push((recipe.clone(), failure)),
            Err(failure) => return Err(failure),
        }
    }
    session.printer.clear();
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({
            "format": 1,
            "flavours": all.iter().map(|one| json!({
                "flavour": one.flavour, "platform": one.platform,
                "differences": one.differences, "unknown": one.unknown,
            })).collect::<Vec<_>>(),
            "unread": unread.iter().map(|(recipe, failure)| json!({
                "recipe": recipe, "why": failure.message,
            })).collect::<Vec<_>>(),
        })),
        Format::Text => print(session, &all),
    }
    for (_, failure) in &unread {
        session.printer.error(&failure.to_string());
    }
    conclude(&all, unread.len())
}

fn print(session: &Session, all: &[Checked]) {
    for one in all {
        let name = format!("{} {}", one.flavour, one.platform);
        for difference in &one.differences {
            session.printer.line(format!("{name}: {difference}"));
        }
        for unknown in &one.unknown {
            session.printer.line(format!("{name}: unknown: {unknown}"));
        }
        if one.differences.is_empty() && one.unknown.is_empty() {
            session.printer.line(format!("{name}: agrees"));
        }
    }
}

fn conclude(all: &[Checked], unread: usize) -> Result<(), Failure> {
    if unread > 0 || all.iter().any(|one| !one.unknown.is_empty()) {
        let message = "not everything could be compared";
        return Err(Failure::say(Kind::Outside, message)
            .hint("what is unknown does not agree; run the same command again"));
    }
    match all.iter().any(|one| !one.differences.is_empty()) {
        true => Err(
            Failure::say(Kind::No, "recipes, lock and published images do not agree")
                .hint("terroir lock writes the lock; terroir build --push publishes"),
        ),
        false => Ok(()),
    }
}

fn checked(session: &Session, recipe: &Path) -> Result<Vec<Checked>, Failure> {
    let load_with = |reach: Reach| -> Result<(Outside, Vec<Arc<Flavour>>), Failure> {
        let store = match reach {
            Reach::Offline => session.reader()?,
            _ => session.store()?,
        };
        let outside = session.outside(store, reach, Compression::Zstd);
        let flavours = load(session, &outside, recipe, &[])?;
        Ok((outside, flavours))
    };
    // The record of a published parent is fetched; a base of packages is not made.
    let (mut outside, mut flavours) = load_with(Reach::Offline)?;
    if flavours.iter().any(|flavour| derives_from_image(flavour)) {
        (outside, flavours) = load_with(Reach::Missing)?;
    }
    let Some(locking) = outside.locking() else {
        return Ok(Vec::new());
    };
    let one = |flavour: &Arc<Flavour>| -> Result<Checked, Failure> {
        let mut found = beside_lock(flavour, locking);
        published(session, &outside, (flavour, &mut found))?;
        Ok(found)
    };
    flavours.iter().map(one).collect()
}

fn derives_from_image(flavour: &Flavour) -> bool {
    match &flavour.parent {
        Parent::Flavour(parent) => derives_from_image(parent),
        Parent::Base(base) => !matches!(base.value, Base::Scratch | Base::Bootstrap(_)),
    }
}

/// What the recipe asks for and the lock does not have; nobody is asked.
fn beside_lock(flavour: &Arc<Flavour>, locking: &Locking) -> Checked {
    let lock = locking.lock();
    let known = of(flavour, locking, &locking.used().layers);
    let platform = platform_name(&flavour.platform);
    let architecture = flavour.platform.architecture().to_string();
    let names = (
        flavour.name.as_str(),
        platform.as_str(),
        architecture.as_str(),
    );
    let answer = compare_to_lock(names, &known.ancestry, (lock, &as_locked(lock)));
    let told = answer.causes.iter().filter(|cause| cause.unknown.is_none());
    let differences = told.map(|cause| match cause.locked {
        None => format!("{} is not locked ({})", cause.name, cause.recipe),
        Some(_) => format!(
            "the layer {} of this terroir is not the one that is locked",
            cause.name
        ),
    });
    let differences = differences.collect();
    Checked {
        flavour: flavour.name.clone(),
        platform,
        differences,
        unknown: Vec::new(),
    }
}

/// A world in which everything is as the lock has it.
fn as_locked(lock: &Lock) -> Seen {
    let current = |digest| Current {
        digest,
        platforms: BTreeMap::new(),
    };
    let archive = |digest| Archive {
        digest,
        newest: BTreeMap::new(),
    };
    let bootstraps = lock.bootstraps.values().flat_map(BTreeMap::values);
    let releases = bootstraps.flat_map(|locked| &locked.releases);
    let images = lock.images.iter();
    Seen {
        images: images
            .map(|(name, image)| (name.clone(), Ok(current(image.digest))))
            .collect(),
        archives: releases
            .map(|(url, digest)| (url.clone(), Ok(archive(*digest))))
            .collect(),
    }
}

/// Compares a flavour with the image that it publishes.
fn published(
    session: &Session,
    outside: &Outside,
    (flavour, found): (&Flavour, &mut Checked),
) -> Result<(), Failure> {
    if flavour.publish.is_none() {
        return Ok(());
    }
    let name = flavour.reference();
    let reference = Reference::parse(&name);
    let reference = reference.map_err(|error| Failure::new(Kind::Usage, &error))?;
    match session.registry().resolve(&reference) {
        Ok(_) => {}
        Err(registry::Error::NotFound { .. }) => {
            found.differences.push(format!("{name} is not published"));
            return Ok(());
        }
        Err(error) => {
            found
                .unknown
                .push(Failure::new(Kind::Outside, &error).message);
            return Ok(());
        }
    }
    // The registry is asked anew: what the store noted of the tag may be old.
    let asking = session.outside(session.store()?, Reach::Newer, Compression::Zstd);
    let there = asking
        .image(&Base::Image(name.clone()))
        .map_err(|error| fail(&error))?;
    let Some((image, source)) = there else {
        found.unknown.push(format!("{name} cannot be read"));
        return Ok(());
    };
    let wanted = (&flavour.platform, true);
    let Ok(image) = choose(&image, source.as_ref(), wanted) else {
        found
            .differences
            .push(format!("{name} has no image for this platform"));
        return Ok(());
    };
    match read_record(image, &source, &asking)?.1 {
        Some(record) => beside_record(flavour, &record, found),
        None => found
            .differences
            .push(format!("{name} has no flavour record")),
    }
    found
        .differences
        .extend(other_base(outside, flavour, image));
    Ok(())
}

/// Compares what a flavour states with what the record of its published image states.
fn beside_record(flavour: &Flavour, record: &Record, found: &mut Checked) {
    if flavour.facts.is_none() {
        let why = "the facts of its base are not known; terroir lock finds them out";
        found.unknown.push(why.to_owned());
        return;
    }
    let items = stated_changes(record.into(), flavour.into());
    let word = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
    found.differences.extend(items.into_iter().map(|item| {
        let (there, here) = (word(item.old), word(item.new));
        format!(
            "{}: published is {there}, the recipe says {here}",
            item.name
        )
    }));
}

/// Whether the published image was built on another base than the lock names.
fn other_base(outside: &Outside, flavour: &Flavour, image: &PlatformImage) -> Option<String> {
    let Parent::Base(base) = &flavour.parent else {
        return None;
    };
    let locking = outside.locking()?;
    let name = locking.name(&base.value)?;
    let locked = locking.lock().images.get(&name)?;
    let locked = locked.platforms.get(&platform_name(&flavour.platform))?;
    let annotations = image.manifest.annotations().as_ref();
    let used = annotations.and_then(|all| all.get(BASE_DIGEST))?;
    (*used != locked.manifest.to_string()).then(|| {
        format!(
            "published is built on {used}, {} is locked for {name}",
            locked.manifest
        )
    })
}
