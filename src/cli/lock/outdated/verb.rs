//! `terroir outdated` and `terroir why`: answers, and the exit codes that they mean.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::ask::ask;
use super::flavours::{Known, Unread, known};
use crate::change::{Answer, Freshness, compare_to_lock};
use crate::cli::arguments::lock::{Outdated, Why};
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::lock::resolve::chosen;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::lock::read_lock;
use crate::engine::parallel;
use crate::oci::platform_name;
use crate::origin::did_you_mean;
use crate::recipe::{Lock, repository_root};

/// Says of every flavour whether something beneath it changed since its lock.
pub(in crate::cli) fn outdated(session: &Session, arguments: &Outdated) -> Result<(), Failure> {
    let (recipes, _) = chosen(&arguments.recipes)?;
    let lock = lock_of(session, &recipes)?;
    let (known, unread) = loaded(session, &recipes)?;
    let answers = answers(session, &known, &lock)?;
    session.printer.clear();
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({
            "format": 1,
            "flavours": answers,
            "unread": unread.iter().map(|one| json!({
                "recipe": one.recipe, "why": one.failure.message,
            })).collect::<Vec<_>>(),
        })),
        Format::Text => session.printer.line(Answer::table(&answers).trim_end()),
    }
    conclude(&answers, &unread)
}

/// Says what forces one flavour to be built again.
pub(in crate::cli) fn why(session: &Session, arguments: &Why) -> Result<(), Failure> {
    let file = PathBuf::from(&arguments.flavour);
    let (recipes, known, unread) = match file.is_file() {
        true => {
            let recipes = vec![file];
            let (known, unread) = loaded(session, &recipes)?;
            (recipes, known, unread)
        }
        false => {
            let (recipes, _) = chosen(&[])?;
            let (known, unread) = loaded(session, &recipes)?;
            let known = named(&arguments.flavour, known)?;
            // The others are not asked about.
            drop(unread);
            (recipes, known, Vec::new())
        }
    };
    let lock = lock_of(session, &recipes)?;
    let answers = answers(session, &known, &lock)?;
    session.printer.clear();
    match arguments.print.format {
        Format::Json => session
            .printer
            .json(&json!({ "format": 1, "flavours": answers })),
        Format::Text => {
            for answer in &answers {
                session.printer.line(answer.sentences().trim_end());
            }
        }
    }
    conclude(&answers, &unread)
}

/// The flavours of a name.
fn named(name: &str, all: Vec<Known>) -> Result<Vec<Known>, Failure> {
    let names: Vec<String> = all.iter().map(|one| one.name.clone()).collect();
    let found: Vec<Known> = all.into_iter().filter(|one| one.name == name).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let failure = Failure::say(
        Kind::Usage,
        format!("no recipe here makes a flavour {name}"),
    );
    Err(match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint("name a flavour, or the file of its recipe"),
    })
}

fn lock_of(session: &Session, recipes: &[PathBuf]) -> Result<Lock, Failure> {
    let first = recipes.first().map(PathBuf::as_path);
    let root = repository_root(first.unwrap_or_else(|| Path::new("recipe.yml")));
    for recipe in recipes {
        let other = repository_root(recipe);
        if other != root {
            let message = format!(
                "{} and {} are two repositories, each with a lock of its own",
                root.display(),
                other.display()
            );
            return Err(
                Failure::say(Kind::Usage, message).hint("ask about them one after the other")
            );
        }
    }
    // Without a lock nothing is locked, which the answers say.
    Ok(read_lock(session, &root)?.unwrap_or_default())
}

/// Loads recipes; one that cannot be loaded hides no other.
fn loaded(session: &Session, recipes: &[PathBuf]) -> Result<(Vec<Known>, Vec<Unread>), Failure> {
    let load = |recipe: &PathBuf| Ok::<_, Failure>((recipe.clone(), known(session, recipe)));
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for (recipe, loaded) in parallel::map(recipes, load)? {
        match loaded {
            Ok(flavours) => all.extend(flavours),
            Err(failure) => unread.push(Unread { recipe, failure }),
        }
    }
    Ok((all, unread))
}

fn answers(session: &Session, known: &[Known], lock: &Lock) -> Result<Vec<Answer>, Failure> {
    let seen = ask(session, known, lock)?;
    let answer = |one: &Known| {
        let platform = platform_name(&one.platform);
        let architecture = one.platform.architecture().to_string();
        compare_to_lock(
            (&one.name, &platform, &architecture),
            &one.ancestry,
            (lock, &seen),
        )
    };
    Ok(known.iter().map(answer).collect())
}

/// 0 when all is fresh, 1 when something is outdated, 3 when something could not be told.
fn conclude(answers: &[Answer], unread: &[Unread]) -> Result<(), Failure> {
    let unsure = answers.iter().filter(|answer| answer.is_unsure()).count() + unread.len();
    if unsure > 0 {
        let s = if unsure == 1 { "" } else { "s" };
        let message = format!("of {unsure} flavour{s} not all could be told");
        return Err(Failure::say(Kind::Outside, message)
            .hint("what is unknown is not fresh; what else is outdated stands above"));
    }
    match answers
        .iter()
        .any(|answer| answer.state == Freshness::Outdated)
    {
        true => Err(Failure::say(Kind::No, "")),
        false => Ok(()),
    }
}
