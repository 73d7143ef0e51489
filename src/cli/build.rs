//! `terroir build`: recipes to images in the store.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::arguments::{Build, Format};
use super::confinement::{runner, watch_signals};
use super::failure::{Failure, Kind};
use super::lock::base;
use super::output::size;
use super::push::{publish, unpublished};
use super::repository::load;
use super::session::{Session, codec, platforms, today};
use crate::engine::{
    Builder, Built, BuiltPlatform, Error, Outcome, Outside, Provenance, Reach, Rules, RunError,
    StepError, parallel,
};
use crate::oci::{Digest, platform_name};
use crate::origin::Diagnostic;
use crate::recipe::{Base, Flavour};
use crate::store::{self, export_archive, export_layout};

/// Builds every recipe, parents first and each once.
pub(super) fn build(session: &Session, arguments: &Build) -> Result<(), Failure> {
    let outputs = outputs(arguments)?;
    let reach = if arguments.pull {
        Reach::Newer
    } else {
        Reach::Missing
    };
    let store = session.store()?;
    let _lock = store
        .shared()
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let first = arguments.recipes.first();
    let runner = runner(session, &arguments.confinement, first.map(PathBuf::as_path));
    let outside = session
        .outside(store, reach, arguments.compression)
        .confining(runner.isolation)
        .keeping(Rules {
            strict: arguments.locked,
            vendor: arguments.vendor.as_deref().map(base).transpose()?,
            ..Rules::default()
        });
    let wanted = platforms(&arguments.platform)?;
    let flavours: Vec<Vec<Arc<Flavour>>> = arguments
        .recipes
        .iter()
        .map(|recipe| load(session, &outside, recipe, &wanted))
        .collect::<Result<_, _>>()?;
    if arguments.push {
        let mut leaves = flavours.iter().filter_map(|platforms| platforms.first());
        if let Some(silent) = leaves.find(|flavour| flavour.publish.is_none()) {
            return Err(unpublished(&silent.name));
        }
    }
    let provenance = Provenance {
        source: arguments.source.clone(),
        revision: arguments.revision.clone(),
    };
    let builder = Builder::new(
        &outside,
        codec(arguments.compression),
        session.epoch,
        provenance,
    )
    .running(runner.clone())
    .auditing(today());
    let watch = watch_signals(&runner.stop)?;
    let built: Vec<Arc<Built>> = parallel::map(&flavours, |flavours| builder.build(flavours))
        .map_err(|error| fail(&error))?;
    builder.remember().map_err(|error| fail(&error))?;
    drop(watch);
    tell_fresh(session, &outside);
    for one in &built {
        report(session, arguments.format, one);
        for output in &outputs {
            export(one, output, &outside)?;
        }
        if arguments.push {
            publish(session, &outside, one)?;
        }
    }
    Ok(())
}

/// Says what was taken from outside that the lock does not name.
fn tell_fresh(session: &Session, outside: &Outside) {
    let Some(locking) = outside.locking().filter(|one| !one.lock().is_empty()) else {
        return;
    };
    let fresh: Vec<String> = locking.fresh().into_iter().collect();
    if !fresh.is_empty() {
        let all = fresh.join(", ");
        let note = format!("not in terroir.lock: {all}; terroir lock adds it");
        session.printer.note(&note);
    }
}

/// Reads `-o`, of which several recipes cannot share one.
fn outputs(arguments: &Build) -> Result<Vec<Base>, Failure> {
    if arguments.recipes.len() > 1 && !arguments.output.is_empty() {
        return Err(Failure::say(
            Kind::Usage,
            "several recipes cannot be written to one output",
        )
        .hint("build them one after the other; what they share is built once all the same"));
    }
    let output = |text: &String| match crate::engine::Target::parse(text) {
        crate::engine::Target::Base(
            base @ (Base::Layout { tag: Some(_), .. } | Base::Archive(_)),
        ) => Ok(base),
        _ => Err(Failure::say(Kind::Usage, format!("`{text}` is no output"))
            .hint("write oci:DIR:TAG or oci-archive:FILE")),
    };
    arguments.output.iter().map(output).collect()
}

fn export(built: &Built, output: &Base, outside: &Outside) -> Result<(), Failure> {
    let blobs = outside.blobs();
    let done = match output {
        Base::Layout { path, tag } => export_layout(
            &built.image,
            blobs.as_ref(),
            path,
            tag.as_deref().unwrap_or(&built.name),
        ),
        Base::Archive(path) => export_archive(&built.image, blobs.as_ref(), path, &built.name),
        _ => Ok(()),
    };
    done.map_err(|error| Failure::new(Kind::Outside, &error))
}

/// The failure of a gate, with the places that it is about.
fn held_back(failure: Failure, cause: &Error) -> Failure {
    match cause {
        Error::Weakened(broken) | Error::Defeated(broken) => match broken.split_first() {
            Some((first, others)) => {
                let and = |one: Diagnostic, other: &Diagnostic| {
                    one.and(&other.origin, other.message.clone())
                };
                failure.at(others.iter().fold(first.clone(), and))
            }
            None => failure,
        },
        Error::Audit { origin, .. } => {
            let said = Diagnostic::error(origin, failure.message.clone());
            failure.at(said.labelled("asked for here").hint(
                "meet the controls, make exceptions with an owner and an expiry, or lower the threshold",
            ))
        }
        _ => failure,
    }
}

/// Prints what was built.
fn report(session: &Session, format: Format, built: &Built) {
    if format == Format::Json {
        session.printer.json(&as_json(built));
        return;
    }
    if let Some(parent) = &built.parent {
        report(session, format, parent);
    }
    let digest = Digest::of(&built.image.root.bytes);
    session.printer.line(format!("{}  {digest}", built.name));
    for platform in &built.platforms {
        print_layers(session, platform);
        show_notes(session, &platform.outcomes);
    }
}

/// Shows what of the steps has no effect.
pub(super) fn show_notes(session: &Session, outcomes: &[Outcome]) {
    for outcome in outcomes {
        session.printer.warnings(&outcome.notes, &session.sources());
    }
}

fn print_layers(session: &Session, platform: &BuiltPlatform) {
    let several = platform.flavour.platforms.len() > 1;
    if several {
        session
            .printer
            .line(format!("  {}", platform_name(&platform.flavour.platform)));
    }
    if platform.inherited > 0 {
        let s = if platform.inherited == 1 { "" } else { "s" };
        session.printer.line(format!(
            "  {:<34} {:>10}",
            format!("{} layer{s} of the parent", platform.inherited),
            size(platform.inherited_size)
        ));
    }
    for outcome in &platform.outcomes {
        let layer = outcome
            .layer
            .as_ref()
            .map_or_else(|| "no layer".to_owned(), |layer| size(layer.size));
        let how = match (&outcome.layer, &outcome.missed) {
            (Some(_), None) => "cached".to_owned(),
            (Some(_), Some(reason)) => format!("built: {reason}"),
            (None, _) => String::new(),
        };
        session
            .printer
            .line(format!("  {:<34} {layer:>10}  {how}", outcome.label).trim_end());
    }
    session.printer.line(format!(
        "  {:<34} {:>10}",
        "record",
        size(platform.record.size)
    ));
}

fn as_json(built: &Built) -> serde_json::Value {
    let platforms: Vec<_> = built
        .platforms
        .iter()
        .map(|platform| {
            let layers: Vec<_> = platform
                .outcomes
                .iter()
                .map(|outcome| {
                    json!({
                        "label": outcome.label,
                        "origin": outcome.origin,
                        "key": outcome.key,
                        "diffId": outcome.layer.as_ref().map(|layer| layer.diff_id),
                        "digest": outcome.layer.as_ref().map(|layer| layer.digest),
                        "size": outcome.layer.as_ref().map(|layer| layer.size),
                        "missed": outcome.missed,
                    })
                })
                .collect();
            json!({
                "platform": platform_name(&platform.flavour.platform),
                "inherited": platform.inherited,
                "steps": layers,
                "record": { "diffId": platform.record.diff_id, "digest": platform.record.digest, "size": platform.record.size },
            })
        })
        .collect();
    json!({
        "name": built.name,
        "digest": Digest::of(&built.image.root.bytes),
        "platforms": platforms,
        "parent": built.parent.as_ref().map(|parent| as_json(parent)),
    })
}

/// The failure of a build: what the recipe has wrong, or what the world has.
pub(super) fn fail(error: &Error) -> Failure {
    let mut cause = error;
    loop {
        cause = match cause {
            Error::Nested { source, .. } => source,
            Error::RunStep { source, .. } => source,
            _ => break,
        };
    }
    let kind = kind_of(cause);
    let failure = Failure::new(kind, error);
    match cause {
        Error::Step { origin, source, .. } => failure.at(match source {
            StepError::Setting(diagnostic) => diagnostic.as_ref().clone(),
            other => {
                let said = Failure::new(kind, other).message;
                Diagnostic::error(origin, said).labelled("asked for by this entry")
            }
        }),
        Error::Weakened(_) | Error::Defeated(_) | Error::Audit { .. } => held_back(failure, cause),
        Error::Accounts { .. } => failure.hint(
            "files that machines keep below /var and /home belong to numbers; where that does not \
             matter, delete the account's line from terroir.lock, then run terroir lock",
        ),
        Error::Registry(error) => match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        },
        Error::Run(error) => match error.hint() {
            Some(hint) => failure.hint(&hint),
            None => failure,
        },
        Error::NotLocked { .. } => failure
            .hint("terroir lock adds it; look at what it writes, and keep it in version control"),
        Error::Drift { .. } => {
            failure.hint("terroir update NAME takes what is there now; terroir lock all of it")
        }
        Error::Platform { .. } => {
            failure.hint("name one that it has in `platforms` or with --platform")
        }
        Error::Moved { .. } => failure.hint(
            "terroir update takes the new state; --vendor names a place that kept the old one, and \
             so may a mirror of snapshots in the recipe",
        ),
        Error::Vendor { .. } => failure.hint("terroir vendor writes one"),
        Error::Bootstrap(_) => failure
            .hint("mmdebstrap and its keyrings are Debian packages: apt-get install mmdebstrap"),
        Error::Unbuilt { .. } => failure
            .hint("the warnings above show each of them; docs/src/bluebuild.md says what is built"),
        _ => failure,
    }
}

/// What an error means for the exit code.
fn kind_of(cause: &Error) -> Kind {
    match cause {
        Error::Weakened(_) | Error::Defeated(_) | Error::Audit { .. } | Error::Accounts { .. } => {
            Kind::No
        }
        Error::Step { .. }
        | Error::Unbuilt { .. }
        | Error::Platform { .. }
        | Error::Layers { .. }
        | Error::NotLocked { .. }
        | Error::Drift { .. }
        | Error::Run(RunError::Secret { .. } | RunError::Tree(_))
        | Error::Store(store::Error::TagName(_)) => Kind::Usage,
        _ => Kind::Outside,
    }
}
