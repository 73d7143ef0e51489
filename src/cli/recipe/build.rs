//! `terroir build`: recipes to images in the store.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use crate::cli::arguments::options::Format;
use crate::cli::arguments::recipe::Build;
use crate::cli::context::environment::today;
use crate::cli::context::platform::platforms;
use crate::cli::context::runner::runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::cli::output::units::size;
use crate::cli::repository::load::Recipes;
use crate::cli::target::export::{export, output};
use crate::cli::target::given::given;
use crate::cli::target::publish::{publish, unpublished};
use crate::cli::target::reference::base;
use crate::engine::{Builder, Built, BuiltPlatform, Outside, Provenance, Reach, Rules, parallel};
use crate::oci::{Digest, Platform, platform_name};
use crate::recipe::{Base, Flavour};

/// Builds every recipe, parents first and each once.
pub(in crate::cli) fn build(session: &Session, arguments: &Build) -> Result<(), Failure> {
    let outputs = outputs(arguments)?;
    let reach = match arguments.pull {
        true => Reach::Newer,
        false => Reach::Missing,
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
    let flavours = load_all(session, &outside, (&arguments.recipes, &wanted))?;
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
        arguments.compression.codec(),
        session.epoch,
        provenance,
    )
    .running(runner.clone())
    .deriving(given(session, &outside, (&arguments.parent, &flavours))?)
    .auditing(today());
    let watch = watch_signals(&runner.stop)?;
    let built: Vec<Arc<Built>> = parallel::map(&flavours, |flavours| builder.build(flavours))
        .map_err(|error| fail(&error))?;
    builder.remember().map_err(|error| fail(&error))?;
    drop(watch);
    tell_fresh(session, &outside);
    for one in &built {
        report(session, arguments.print.format, one);
        for output in &outputs {
            export(&one.image, outside.blobs().as_ref(), (output, &one.name))?;
        }
        if arguments.push {
            publish(session, &outside, one)?;
        }
        if let Some(file) = &arguments.digest_file {
            write_file(file, &format!("{}\n", Digest::of(&one.image.root.bytes)))?;
        }
    }
    Ok(())
}

/// Loads recipes, each for the platforms that are wanted.
fn load_all(
    session: &Session,
    outside: &Outside,
    (recipes, wanted): (&[PathBuf], &[Platform]),
) -> Result<Vec<Vec<Arc<Flavour>>>, Failure> {
    let mut loading = Recipes::new(session, outside);
    recipes
        .iter()
        .map(|recipe| loading.load(recipe, wanted))
        .collect()
}

/// Reports what the build used that the lock does not name.
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

/// Reads `-o`, which several recipes cannot share.
fn outputs(arguments: &Build) -> Result<Vec<Base>, Failure> {
    let to_one = !arguments.output.is_empty() || arguments.digest_file.is_some();
    if arguments.recipes.len() > 1 && to_one {
        return Err(Failure::say(
            Kind::Usage,
            "several recipes cannot be written to one output",
        )
        .hint("build them one after the other; what they share is built once all the same"));
    }
    arguments.output.iter().map(|text| output(text)).collect()
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
        session.show_notes(&platform.outcomes);
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
