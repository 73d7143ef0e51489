//! `terroir plan`: the steps of a flavour, their keys, and why they are not cached.

use serde_json::json;

use crate::cli::arguments::options::Format;
use crate::cli::arguments::recipe::Plan;
use crate::cli::context::platform::platforms;
use crate::cli::context::session::Session;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::Failure;
use crate::cli::repository::load::load;
use crate::engine::{Builder, Outcome, Planned, Provenance, Reach};
use crate::oci::{Platform, platform_name};
use crate::recipe::{Base, Parent};

/// Shows what a build would do.
pub(in crate::cli) fn plan(session: &Session, arguments: &Plan) -> Result<(), Failure> {
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
    let flavours = load(
        session,
        &outside,
        &arguments.recipe,
        &platforms(&arguments.platform)?,
    )?;
    let builder = Builder::new(
        &outside,
        arguments.compression.codec(),
        session.epoch,
        Provenance::default(),
    );
    let mut plans = Vec::new();
    for flavour in &flavours {
        plans.extend(builder.plan(flavour).map_err(|error| fail(&error))?);
    }
    for outcomes in plans.iter().filter_map(|planned| planned.outcomes.as_ref()) {
        session.show_notes(outcomes);
    }
    match arguments.print.format {
        Format::Json => session
            .printer
            .json(&plans.iter().map(as_json).collect::<Vec<_>>()),
        Format::Text => plans.iter().for_each(|planned| print(session, planned)),
    }
    Ok(())
}

fn print(session: &Session, planned: &Planned) {
    let flavour = &planned.flavour;
    session.printer.line(format!(
        "{} ({}, {}) from {}",
        flavour.name,
        flavour.tier,
        platform_name(&flavour.platform),
        flavour.recipe
    ));
    match &planned.outcomes {
        Some(outcomes) => {
            for outcome in outcomes {
                session
                    .printer
                    .line(format!("  {:<34} {}", outcome.label, state(outcome)));
                for action in &outcome.actions {
                    session
                        .printer
                        .detail(&format!("      {}", describe(action)));
                }
            }
        }
        None => {
            if let Parent::Base(base) = &flavour.parent {
                let (what, how) = base_first(base, &flavour.platform);
                session.printer.line(format!("  {what:<34} {how}"));
            }
            for entry in &flavour.entries {
                let line = format!("  {:<34} to build, after what it derives from", entry.label);
                session.printer.line(line);
            }
        }
    }
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
