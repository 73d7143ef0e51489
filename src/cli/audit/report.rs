//! The report of an audit: a target, its benchmark, and what was found.

use jiff::civil::Date;
use serde_json::json;

use super::root::{Audited, FoundImage, image, read};
use crate::audit::{
    Benchmark, BenchmarkError, Choices, Heading, Known, Profile, Report, Said, examine,
};
use crate::cli::arguments::audit::Audit;
use crate::cli::arguments::options::Compression;
use crate::cli::context::environment::today;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::engine::Reach;
use crate::memo::PROGRAM;
use crate::oci::{Digest, platform_name, sorted_json};

/// The report of a target.
pub(in crate::cli) fn audited_report(
    session: &Session,
    target: &str,
    arguments: &Audit,
) -> Result<Report, Failure> {
    let outside = session.outside(
        session.store_for(target)?,
        Reach::Missing,
        Compression::Zstd,
    );
    if target.starts_with("dir:") {
        let audited = read(session, &outside, (target, None))?;
        return report(&audited, target, arguments);
    }
    let image = image(session, &outside, (target, arguments.platform.as_ref()))?;
    let store = outside.store();
    let key = key(&image, arguments);
    let known = match arguments.no_memo {
        true => None,
        false => store.memo(&key),
    };
    if let Some(known) = known.and_then(|bytes| Report::parse(&bytes).ok()) {
        return Ok(Report {
            target: target.to_owned(),
            ..known
        });
    }
    let audited = image.read(session)?;
    let report = report(&audited, target, arguments)?;
    if !arguments.no_memo {
        // A store that cannot be written to remembers nothing.
        let _ = store.put_memo(&key, &sorted_json(&report));
    }
    Ok(report)
}

/// All that the report of an image depends on.
fn key(image: &FoundImage, arguments: &Audit) -> Digest {
    Digest::of(&sorted_json(&json!({
        "what": "audit",
        "program": PROGRAM,
        "image": image.digest(),
        "platform": platform_name(image.wanted()),
        "benchmark": arguments.benchmark,
        "level": arguments.level,
        "profile": arguments.profile,
        "choices": arguments.choices,
        "date": arguments.date.unwrap_or_else(today).to_string(),
    })))
}

/// The report of a target that was read.
pub(in crate::cli) fn report(
    audited: &Audited,
    target: &str,
    arguments: &Audit,
) -> Result<Report, Failure> {
    let profile: Profile = arguments.profile.parse().map_err(|hint: String| {
        let message = format!("there is no profile `{}`", arguments.profile);
        Failure::say(Kind::Usage, message).hint(hint)
    })?;
    let name = match &arguments.benchmark {
        Some(name) => name.as_str(),
        None => Benchmark::of_distribution(&audited.facts).map_err(|error| fail(&error))?,
    };
    let mut choices = stated(&arguments.choices)?;
    let umbrella = Benchmark::umbrella().map_err(|error| fail(&error))?;
    let record = audited.record.as_deref();
    let said = Said::of(&umbrella, record);
    choices
        .complete(&umbrella, &said, &audited.root)
        .map_err(|error| Failure::new(Kind::Outside, &error))?;
    let wanted = (arguments.level, profile);
    let benchmark = Benchmark::read(name, wanted, &audited.facts, (choices, &said))
        .map_err(|error| fail(&error))?;
    let today = arguments.date.unwrap_or_else(today);
    let known = Known {
        claims: record.map(|record| &record.settings),
        exceptions: record.map_or(&[], |record| &record.exceptions),
        today,
    };
    let findings = examine(&benchmark, &audited.root, known);
    Ok(Report::new(
        heading(audited, target, today),
        &benchmark,
        findings,
    ))
}

fn heading(audited: &Audited, target: &str, today: Date) -> Heading {
    Heading {
        target: target.to_owned(),
        digest: audited.digest.clone(),
        flavour: audited
            .record
            .as_ref()
            .map(|record| record.flavour().name.clone()),
        distribution: audited.distribution.clone(),
        date: today.to_string(),
    }
}

/// Reads `NAME=VALUE`.
fn stated(texts: &[String]) -> Result<Choices, Failure> {
    let mut choices = Choices::default();
    for text in texts {
        choices.add(text).map_err(|hint| {
            Failure::say(Kind::Usage, format!("`{text}` is not a choice")).hint(hint)
        })?;
    }
    Ok(choices)
}

fn fail(error: &BenchmarkError) -> Failure {
    let failure = Failure::say(Kind::Usage, error.to_string());
    match error {
        BenchmarkError::Unknown { hint, .. } | BenchmarkError::Choice { hint, .. } => {
            failure.hint(hint.clone())
        }
        BenchmarkError::Distribution(_) => failure.hint(format!(
            "name one with --benchmark: {}",
            Benchmark::names().join(", ")
        )),
        BenchmarkError::Layer(problems) => match problems.first() {
            Some(problem) => Failure::say(Kind::Usage, format!("{error}: {}", problem.message)),
            None => failure,
        },
    }
}
