//! `terroir build`: recipes to images in the store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::built_report::BuiltReport;
use super::memory::Memory;
use crate::cli::arguments::recipe::Build;
use crate::cli::context::environment::{now, today};
use crate::cli::context::platform::{host, platforms};
use crate::cli::context::runner::runner;
use crate::cli::context::session::Session;
use crate::cli::context::signals::watch_signals;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::cli::repository::load::Recipes;
use crate::cli::target::export::{export, output};
use crate::cli::target::given::given;
use crate::cli::target::publish::{publish, unpublished};
use crate::cli::target::reference::base;
use crate::engine::{Builder, Built, Outside, Provenance, Reach, Rules, Runner, parallel};
use crate::oci::{Digest, platform_name};
use crate::recipe::{Base, Flavour};
use crate::sandbox::Isolation;

/// Builds every recipe, parents first and each once.
pub(in crate::cli) fn build(session: &Session, arguments: &Build) -> Result<(), Failure> {
    let began = now();
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
    let common = common(session, arguments, runner.isolation);
    let mut memory = Memory::new(outside.store(), &common, began);
    let mut results = BTreeMap::new();
    for recipe in &arguments.recipes {
        // Its lock is looked at before it is loaded, also where nothing is asked.
        memory.begin(recipe);
        if remembers(arguments)
            && let Some(known) = memory.find(recipe)
        {
            results.insert(recipe.clone(), known);
        }
    }
    let mut unknown = arguments.recipes.clone();
    unknown.retain(|recipe| !results.contains_key(recipe));
    let work = Work {
        session,
        arguments,
        outside: &outside,
        outputs: &outputs,
        runner: &runner,
    };
    let (loading, built) = work.build(&unknown)?;
    for (recipe, (flavours, built)) in unknown.iter().zip(&built) {
        let report = BuiltReport::of(built);
        let is_plain = arguments.parent.is_empty() && !arguments.no_memo;
        if is_plain && !told_fresh(&outside) {
            let facts = loading.facts(recipe, flavours);
            // What cannot be kept is computed again.
            let _ = memory.keep(recipe, facts, (built, &report));
        }
        results.insert(recipe.clone(), report);
    }
    for recipe in &arguments.recipes {
        if let Some(report) = results.get(recipe) {
            report.print(&session.printer, arguments.print.format);
        }
    }
    work.hand_over(&built)
}

/// Whether an image that is known from the memo is enough: what leaves the store is made anew.
fn remembers(arguments: &Build) -> bool {
    let stays = arguments.output.is_empty() && arguments.digest_file.is_none() && !arguments.push;
    stays
        && arguments.parent.is_empty()
        && !arguments.no_memo
        && !arguments.pull
        && arguments.vendor.is_none()
}

/// All that the builds of a run depend on beside their recipes and the store.
fn common(session: &Session, arguments: &Build, isolation: Isolation) -> serde_json::Value {
    json!({
        "platforms": arguments.platform,
        "machine": platform_name(&host()),
        "compression": arguments.compression.codec().name(),
        "locked": arguments.locked,
        "source": arguments.source,
        "revision": arguments.revision,
        "epoch": session.epoch,
        "isolation": isolation,
        "today": today().to_string(),
    })
}

/// A build of recipes that the memo does not have.
struct Work<'a> {
    session: &'a Session,
    arguments: &'a Build,
    outside: &'a Outside,
    outputs: &'a [Base],
    runner: &'a Runner,
}

/// A flavour for each platform, and what was built of it.
type BuiltFlavour = (Vec<Arc<Flavour>>, Arc<Built>);

impl<'a> Work<'a> {
    fn build(&self, recipes: &[PathBuf]) -> Result<(Recipes<'a>, Vec<BuiltFlavour>), Failure> {
        let (session, arguments) = (self.session, self.arguments);
        let mut loading = Recipes::new(session, self.outside);
        let wanted = platforms(&arguments.platform)?;
        let flavours = recipes.iter().map(|recipe| loading.load(recipe, &wanted));
        let flavours: Vec<Vec<Arc<Flavour>>> = flavours.collect::<Result<_, _>>()?;
        if arguments.push {
            let mut leaves = flavours.iter().filter_map(|platforms| platforms.first());
            if let Some(silent) = leaves.find(|flavour| flavour.publish.is_none()) {
                return Err(unpublished(&silent.name));
            }
        }
        loading.show_sources();
        let provenance = Provenance {
            source: arguments.source.clone(),
            revision: arguments.revision.clone(),
        };
        let codec = arguments.compression.codec();
        let builder = Builder::new(self.outside, codec, session.epoch, provenance)
            .running(self.runner.clone())
            .deriving(given(
                session,
                self.outside,
                (&arguments.parent, &flavours),
            )?)
            .auditing(today());
        let watch = watch_signals(&self.runner.stop)?;
        let built: Vec<Arc<Built>> = parallel::map(&flavours, |flavours| builder.build(flavours))
            .map_err(|error| fail(&error))?;
        builder.remember().map_err(|error| fail(&error))?;
        drop(watch);
        tell_fresh(session, self.outside);
        for one in &built {
            show_notes(session, one);
        }
        Ok((loading, flavours.into_iter().zip(built).collect()))
    }

    /// Writes what was built to where else it shall be.
    fn hand_over(&self, built: &[BuiltFlavour]) -> Result<(), Failure> {
        for (_, one) in built {
            for output in self.outputs {
                let source = self.outside.blobs();
                export(&one.image, source.as_ref(), (output, &one.name))?;
            }
            if self.arguments.push {
                publish(self.session, self.outside, one)?;
            }
            if let Some(file) = &self.arguments.digest_file {
                write_file(file, &format!("{}\n", Digest::of(&one.image.root.bytes)))?;
            }
        }
        Ok(())
    }
}

/// Shows what has no effect in the steps of a flavour and of what it derives from.
fn show_notes(session: &Session, built: &Built) {
    if let Some(parent) = &built.parent {
        show_notes(session, parent);
    }
    for platform in &built.platforms {
        session.show_notes(&platform.outcomes);
    }
}

/// Whether the build used something that its lock does not name, and said so.
fn told_fresh(outside: &Outside) -> bool {
    let locking = outside.locking().filter(|one| !one.lock().is_empty());
    locking.is_some_and(|locking| !locking.fresh().is_empty())
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
