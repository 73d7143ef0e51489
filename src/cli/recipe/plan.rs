//! `terroir plan`: the steps of a flavour, their keys, and why they are not cached.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::arguments::options::Format;
use crate::cli::arguments::recipe::Plan;
use crate::cli::context::environment::{now, today};
use crate::cli::context::isolation::default_isolation;
use crate::cli::context::platform::{host, platforms};
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::Failure;
use crate::cli::repository::load::Recipes;
use crate::cli::repository::memo::Memo;
use crate::engine::{Builder, Outcome, Outside, Planned, Provenance, Reach};
use crate::oci::{Digest, Platform, platform_name};
use crate::recipe::{Base, Flavour, Parent};
use crate::store::Store;

/// Shows what a build would do.
pub(in crate::cli) fn plan(session: &Session, arguments: &Plan) -> Result<(), Failure> {
    let began = now();
    let reach = if arguments.fetch {
        Reach::Missing
    } else {
        Reach::Offline
    };
    let store = match arguments.fetch {
        true => session.store()?,
        false => session.reader()?,
    };
    let outside = session.outside(store, reach, arguments.compression);
    let common = json!({
        "platforms": arguments.platform,
        "machine": platform_name(&host()),
        "compression": arguments.compression.codec().name(),
        "epoch": session.epoch,
        "isolation": default_isolation(),
        "today": today().to_string(),
    });
    let mut memo = Memo::new(outside.store(), ("plan", &common), began);
    // The actions of steps are too much to be kept.
    let remembers = arguments.print.format == Format::Text && !arguments.no_memo;
    memo.begin(&arguments.recipe);
    if remembers
        && !arguments.fetch
        && let Some(lines) = memo.find(&arguments.recipe, |lines: &Vec<Line>| Some(lines.clone()))
    {
        lines.iter().for_each(|line| line.print(session));
        return Ok(());
    }
    let mut loading = Recipes::new(session, &outside);
    let flavours = loading.load(&arguments.recipe, &platforms(&arguments.platform)?)?;
    loading.show_sources();
    let plans = planned(session, arguments, (&outside, &flavours))?;
    for outcomes in plans.iter().filter_map(|planned| planned.outcomes.as_ref()) {
        session.show_notes(outcomes);
    }
    if arguments.print.format == Format::Json {
        let plans: Vec<_> = plans.iter().map(as_json).collect();
        session.printer.json(&plans);
        return Ok(());
    }
    let lines: Vec<Line> = plans.iter().flat_map(lines).collect();
    lines.iter().for_each(|line| line.print(session));
    if let Some(blobs) = cached(&plans, outside.store()).filter(|_| remembers)
        && let Some(facts) = loading.facts(&arguments.recipe, &flavours)
    {
        // What cannot be kept is planned again.
        let _ = memo.keep(&arguments.recipe, (facts, blobs), lines);
    }
    Ok(())
}

fn planned(
    session: &Session,
    arguments: &Plan,
    (outside, flavours): (&Outside, &[Arc<Flavour>]),
) -> Result<Vec<Planned>, Failure> {
    let codec = arguments.compression.codec();
    let builder = Builder::new(outside, codec, session.epoch, Provenance::default());
    let mut plans = Vec::new();
    for flavour in flavours {
        plans.extend(builder.plan(flavour).map_err(|error| fail(&error))?);
    }
    Ok(plans)
}

/// The layers of plans in which nothing is to be built, and nothing is said; none of others.
fn cached(plans: &[Planned], store: &Store) -> Option<Vec<(Digest, u64)>> {
    let mut layers = Vec::new();
    for planned in plans {
        let outcomes = planned.outcomes.as_ref()?;
        if !planned.flavour.notes.is_empty() {
            return None;
        }
        for outcome in outcomes {
            if outcome.missed.is_some() || !outcome.notes.is_empty() {
                return None;
            }
            let Some(key) = &outcome.key else { continue };
            // A step of commands that changed nothing has no layer.
            if let Some(layer) = store.step(key).ok()? {
                layers.push((layer.digest, layer.size));
            }
        }
    }
    Some(layers)
}

/// A line of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    text: String,
    /// Whether only those see it who ask for more.
    detail: bool,
}

impl Line {
    fn new(text: String) -> Self {
        Self {
            text,
            detail: false,
        }
    }

    fn print(&self, session: &Session) {
        match self.detail {
            true => session.printer.detail(&self.text),
            false => session.printer.line(&self.text),
        }
    }
}

fn lines(planned: &Planned) -> Vec<Line> {
    let flavour = &planned.flavour;
    let mut lines = vec![Line::new(format!(
        "{} ({}, {}) from {}",
        flavour.name,
        flavour.tier,
        platform_name(&flavour.platform),
        flavour.recipe
    ))];
    match &planned.outcomes {
        Some(outcomes) => {
            for outcome in outcomes {
                let state = state(outcome);
                lines.push(Line::new(format!("  {:<34} {state}", outcome.label)));
                lines.extend(outcome.actions.iter().map(|action| Line {
                    text: format!("      {}", describe(action)),
                    detail: true,
                }));
            }
        }
        None => {
            if let Parent::Base(base) = &flavour.parent {
                let (what, how) = base_first(base, &flavour.platform);
                lines.push(Line::new(format!("  {what:<34} {how}")));
            }
            lines.extend(flavour.entries.iter().map(|entry| {
                let how = "to build, after what it derives from";
                Line::new(format!("  {:<34} {how}", entry.label))
            }));
        }
    }
    lines
}

/// What is needed before the steps of a flavour are known, and how large it is.
fn base_first(base: &Base, platform: &Platform) -> (String, String) {
    match base {
        Base::Bootstrap(bootstrap) => {
            let what = format!("base {} {}", bootstrap.distribution, bootstrap.suite);
            let from = match bootstrap.mirrors.first() {
                Some(mirror) => mirror.as_str(),
                None => "the distribution's archive",
            };
            let more = match bootstrap.packages.len() {
                0 => String::new(),
                1 => " and 1 package named".to_owned(),
                count => format!(" and {count} packages named"),
            };
            let how = format!(
                "bootstrapped first, for {}: the smallest set{more}, about 50 to 200 MB from {from}, \
                 half a minute to a few minutes; once",
                platform_name(platform)
            );
            (what, how)
        }
        other => (
            format!("base {}", other.describe()),
            "read first: manifest, config and record; all layers if it has no record".to_owned(),
        ),
    }
}

/// One line about the state of a step.
pub(in crate::cli) fn state(outcome: &Outcome) -> String {
    match (&outcome.key, &outcome.missed) {
        (None, None) => "changes nothing".to_owned(),
        (None, Some(reason)) => reason.clone(),
        (Some(key), None) => format!("{}  cached", key.short()),
        (Some(key), Some(reason)) => format!("{}  to build: {reason}", key.short()),
    }
}

fn describe(action: &crate::action::Action) -> String {
    use crate::action::Action;
    let verb = match action {
        Action::Write { .. } | Action::Put { .. } => "write",
        Action::Directory { .. } | Action::OwnedDirectory { .. } | Action::Folder { .. } => {
            "directory"
        }
        Action::Edit { .. } => "edit",
        Action::Link { .. } | Action::OwnedLink { .. } => "link",
        Action::Mode { .. } => "mode",
        Action::Remove { .. } => "remove",
        Action::Copy {
            source,
            destination,
            ..
        } => return format!("copy {source} to {destination}"),
        Action::Unpack {
            archive,
            destination,
        } => return format!("unpack {} to {destination}", archive.path),
        Action::Packages(packages) => return format!("packages {}", packages.summary()),
        Action::Run(command) => return format!("run {}", command.label),
        Action::Shape { life_cycle, .. } => return format!("shape {}", life_cycle.name()),
    };
    let path = action.path().map(ToString::to_string);
    format!("{verb} {}", path.unwrap_or_default())
}

fn as_json(planned: &Planned) -> serde_json::Value {
    let flavour = &planned.flavour;
    let steps = planned.outcomes.as_ref().map(|outcomes| {
        outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "label": outcome.label,
                    "origin": outcome.origin,
                    "key": outcome.key,
                    "cached": outcome.key.is_some() && outcome.missed.is_none(),
                    "missed": outcome.missed,
                    "actions": outcome.actions,
                })
            })
            .collect::<Vec<_>>()
    });
    let first = match (&steps, &flavour.parent) {
        (None, Parent::Base(base)) => Some(base_first(base, &flavour.platform).0),
        _ => None,
    };
    let mut value = json!({
        "flavour": flavour.name,
        "tier": flavour.tier,
        "platform": platform_name(&flavour.platform),
        "recipe": flavour.recipe,
        "parentKnown": steps.is_some(),
        "steps": steps.unwrap_or_else(|| {
            flavour.entries.iter().map(|entry| json!({ "label": entry.label, "origin": entry.origin })).collect()
        }),
    });
    if let (Some(first), Some(map)) = (first, value.as_object_mut()) {
        map.insert("first".into(), first.into());
    }
    value
}
