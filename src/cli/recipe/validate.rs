//! `terroir validate`: checks recipes without building them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::json;

use crate::cli::arguments::options::{Compression, Format};
use crate::cli::arguments::recipe::Validate;
use crate::cli::context::environment::{now, text_variable, today};
use crate::cli::context::platform::host;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::files::Below;
use crate::cli::repository::load::at_fault;
use crate::cli::repository::lock::hold_to_lock;
use crate::cli::repository::memo::Memo;
use crate::cli::repository::paths::named;
use crate::engine::{Outside, Reach};
use crate::layer::LayerDocument;
use crate::memo::Facts;
use crate::oci::platform_name;
use crate::origin::{Diagnostic, Origin, Severity};
use crate::recipe::{Environment, Exception, Loader, Sources, repository_root};
use crate::store::Store;

/// What was found in one recipe.
struct Checked {
    recipe: PathBuf,
    /// Whether it is a recipe, not another document.
    is_recipe: bool,
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
    /// The facts that this stands on, where nothing was found and all of them can be told again.
    facts: Option<Facts>,
}

impl Checked {
    /// A recipe in which nothing is wrong.
    fn valid(recipe: &Path) -> Self {
        Self {
            recipe: recipe.to_path_buf(),
            is_recipe: true,
            diagnostics: Vec::new(),
            sources: Sources::default(),
            facts: None,
        }
    }
}

/// Checks every recipe that the paths stand for.
pub(in crate::cli) fn validate(session: &Session, arguments: &Validate) -> Result<(), Failure> {
    let began = now();
    let paths = if arguments.paths.is_empty() {
        vec![PathBuf::from("recipes")]
    } else {
        arguments.paths.clone()
    };
    let mut found = Below::default();
    for path in &paths {
        let more = named(path)?;
        found.recipes.extend(more.recipes);
        found.layers.extend(more.layers);
        found.told.extend(more.told);
    }
    let beside = beside(&found);
    let all = found.recipes;
    if all.is_empty() {
        report_beside(session, &beside);
        let shown: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(Failure::say(
            Kind::Usage,
            format!("there is no recipe below {}", shown.join(", ")),
        ));
    }
    let mut checked = check_all(session, arguments, (all, began))?;
    checked.extend(beside);
    report(session, arguments.print.format, &checked)
}

/// Checks recipes, as far as the store does not know that nothing is wrong with them.
fn check_all(
    session: &Session,
    arguments: &Validate,
    (mut all, began): (Vec<PathBuf>, SystemTime),
) -> Result<Vec<Checked>, Failure> {
    let mut named = BTreeSet::new();
    all.retain(|recipe| named.insert(recipe.clone()));
    let reach = if arguments.fetch {
        Reach::Missing
    } else {
        Reach::Offline
    };
    let store = match arguments.fetch {
        true => session.store()?,
        false => session.reader()?,
    };
    let common = json!({ "machine": platform_name(&host()), "today": today().to_string() });
    let mut memo = Memo::new(&store, ("validate", &common), began);
    let known: BTreeSet<PathBuf> = match arguments.no_memo {
        true => BTreeSet::new(),
        false => all
            .iter()
            .filter(|one| memo.find(one, |(): &()| Some(())).is_some())
            .cloned()
            .collect(),
    };
    let unknown: Vec<PathBuf> = all
        .iter()
        .filter(|one| !known.contains(*one))
        .cloned()
        .collect();
    let batches = batches(&unknown);
    let outsides = outsides(session, (&store, reach), &batches)?;
    let of_batch = |batch: &&[PathBuf]| {
        let outside = batch
            .first()
            .and_then(|one| outsides.get(&repository_root(one)));
        outside.map_or_else(Vec::new, |outside| check(batch, outside, &text_variable))
    };
    let checked: Vec<Checked> = batches.par_iter().flat_map_iter(of_batch).collect();
    let mut found: BTreeMap<PathBuf, Checked> = BTreeMap::new();
    for mut one in checked {
        // What cannot be kept is checked again.
        if let Some(facts) = one.facts.take().filter(|_| !arguments.no_memo) {
            let _ = memo.keep(&one.recipe, (facts, Vec::new()), ());
        }
        found.insert(one.recipe.clone(), one);
    }
    let ordered = all.iter().map(|recipe| match found.remove(recipe) {
        Some(checked) => checked,
        None => Checked::valid(recipe),
    });
    Ok(ordered.collect())
}

/// What is outside of each repository, by its root: each has a lock of its own.
fn outsides(
    session: &Session,
    (store, reach): (&Store, Reach),
    batches: &[&[PathBuf]],
) -> Result<BTreeMap<PathBuf, Outside>, Failure> {
    let mut outsides: BTreeMap<PathBuf, Outside> = BTreeMap::new();
    for first in batches.iter().filter_map(|batch| batch.first()) {
        if let Entry::Vacant(place) = outsides.entry(repository_root(first)) {
            let outside = session.outside(store.clone(), reach, Compression::Zstd);
            hold_to_lock(session, &outside, first)?;
            place.insert(outside);
        }
    }
    Ok(outsides)
}

/// Shows the messages about other files where no recipe is found.
fn report_beside(session: &Session, beside: &[Checked]) {
    for one in beside {
        session.printer.warnings(&one.diagnostics, &one.sources);
    }
}

/// The messages about files that are not recipes.
fn beside(found: &Below) -> Vec<Checked> {
    let told = found.told.iter().map(|(file, diagnostic)| Checked {
        recipe: file.clone(),
        is_recipe: false,
        diagnostics: vec![diagnostic.clone()],
        sources: Sources::default(),
        facts: None,
    });
    told.chain(found.layers.iter().filter_map(|file| layer(file)))
        .collect()
}

/// What is wrong with a layer document; none when nothing is.
fn layer(file: &Path) -> Option<Checked> {
    let name = file.display().to_string();
    let (diagnostics, text) = match std::fs::read_to_string(file) {
        Ok(text) => {
            let folder = file.parent().and_then(Path::file_name).unwrap_or_default();
            let read = LayerDocument::read(&folder.to_string_lossy(), &name, &text);
            (read.err()?, text)
        }
        Err(error) => {
            let message = format!("{name} cannot be read: {error}");
            let error = Diagnostic::error(&Origin::of_file(&name), message);
            (vec![error], String::new())
        }
    };
    Some(Checked {
        recipe: file.to_path_buf(),
        is_recipe: false,
        diagnostics,
        sources: Sources::of(&name, &text),
        facts: None,
    })
}

/// Recipes that one loader checks: neighbours of one repository, enough to load their ancestry once.
fn batches(recipes: &[PathBuf]) -> Vec<&[PathBuf]> {
    const MANY: usize = 64;
    let roots: Vec<PathBuf> = recipes.iter().map(|one| repository_root(one)).collect();
    let mut batches = Vec::new();
    let mut start = 0;
    for end in 1..=recipes.len() {
        if end - start == MANY || roots.get(end) != roots.get(start) {
            batches.extend(recipes.get(start..end));
            start = end;
        }
    }
    batches
}

/// Checks recipes of one repository.
fn check(batch: &[PathBuf], outside: &Outside, environment: &Environment<'_>) -> Vec<Checked> {
    let Some(first) = batch.first() else {
        return Vec::new();
    };
    let mut loader = Loader::new(first, outside, environment);
    let mut check = |recipe: &PathBuf| {
        let platform = loader.first_platform(recipe, &host());
        let diagnostics: Vec<Diagnostic> = match loader.load(recipe, &platform) {
            Ok(flavour) => {
                let expired = flavour.exceptions.iter().filter_map(expired);
                flavour.notes.iter().cloned().chain(expired).collect()
            }
            Err(diagnostics) => diagnostics,
        };
        match diagnostics.is_empty() {
            true => Checked {
                facts: loader.facts(recipe, &platform),
                ..Checked::valid(recipe)
            },
            false => Checked {
                diagnostics,
                sources: loader.sources().clone(),
                ..Checked::valid(recipe)
            },
        }
    };
    batch.iter().map(&mut check).collect()
}

/// The warning that an exception has expired, as the audit will say; its day was its last.
fn expired(exception: &Exception) -> Option<Diagnostic> {
    let last: Date = exception.expires.parse().ok()?;
    let over = last < today();
    over.then(|| {
        let subject = &exception.control;
        let message = format!("the exception from {subject} expired on {last}");
        Diagnostic::warning(&exception.origin, message).hint(format!(
            "meet the control, or renew the exception; its owner is {}",
            exception.owner
        ))
    })
}

fn report(session: &Session, format: Format, checked: &[Checked]) -> Result<(), Failure> {
    let is_error = |one: &&Diagnostic| one.severity == Severity::Error;
    let errors: usize = checked
        .iter()
        .map(|one| one.diagnostics.iter().filter(is_error).count())
        .sum();
    let wrong = checked
        .iter()
        .filter(|one| one.diagnostics.iter().any(|d| is_error(&d)))
        .count();
    // Errors of a file that several recipes include are shown once.
    let mut seen = BTreeSet::new();
    match format {
        Format::Json => session
            .printer
            .json(&checked.iter().map(as_json).collect::<Vec<_>>()),
        Format::Text => {
            for one in checked {
                let new: Vec<Diagnostic> = one
                    .diagnostics
                    .iter()
                    .filter(|one| is_error(one) || !session.global.quiet)
                    .filter(|diagnostic| seen.insert(diagnostic.to_string()))
                    .cloned()
                    .collect();
                session.printer.diagnostics(&new, &one.sources);
            }
        }
    }
    if errors > 0 {
        let s = if errors == 1 { "" } else { "s" };
        let of = checked.len();
        let what = match checked.iter().all(|one| one.is_recipe) {
            true => "recipes",
            false => "files",
        };
        let place = match checked {
            [one] => one.recipe.display().to_string(),
            _ => format!("{wrong} of {of} {what}"),
        };
        return Err(Failure::say(
            at_fault(checked.iter().flat_map(|one| &one.diagnostics)),
            format!("{errors} error{s} in {place}"),
        ));
    }
    if format == Format::Text && !session.global.quiet {
        let count = checked.iter().filter(|one| one.is_recipe).count();
        let s = if count == 1 { "" } else { "s" };
        session.printer.line(format!("{count} recipe{s} valid"));
    }
    Ok(())
}

fn as_json(checked: &Checked) -> serde_json::Value {
    let diagnostics: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|one| {
            json!({
                "severity": if one.severity == Severity::Error { "error" } else { "warning" },
                "message": one.message,
                "origin": one.origin,
                "related": one.related.iter().map(|(origin, words)| json!({ "origin": origin, "words": words })).collect::<Vec<_>>(),
                "hint": one.hint,
            })
        })
        .collect();
    json!({ "recipe": checked.recipe.display().to_string(), "diagnostics": diagnostics })
}
