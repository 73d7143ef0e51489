//! `terroir diff`: what differs between two images.

use super::side::{Side, found, read};
use crate::audit::{Benchmark, ControlDrift, Drift};
use crate::change::{Overview, Part, Shown};
use crate::cli::arguments::audit::Audit;
use crate::cli::arguments::image::{Diff, DiffFormat};
use crate::cli::audit::report::report;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::cli::output::units::size;

/// Lines of a part that are shown to people who do not ask for more.
const MOST: usize = 100;

/// Compares two targets, and says no when anything differs.
pub(in crate::cli) fn diff(session: &Session, arguments: &Diff) -> Result<(), Failure> {
    let platform = arguments.platform.as_ref();
    let old = found(session, (&arguments.old, platform))?;
    let new = found(session, (&arguments.new, platform))?;
    let (old, new) = read(session, old, new)?;
    let controls = controls(&old, &new, arguments)?;
    let overview = Overview::between(&old.contents, &new.contents, controls);
    session.printer.clear();
    let shown = Shown {
        most: match session.global.verbose {
            0 => MOST,
            _ => usize::MAX,
        },
        size,
    };
    let text = match arguments.format {
        DiffFormat::Text => overview.text(shown),
        DiffFormat::Markdown => overview.markdown(shown),
        DiffFormat::Json => serde_json::to_string_pretty(&overview).expect("text keys") + "\n",
    };
    match &arguments.output {
        Some(file) => write_file(file, &text)?,
        None => session.printer.line(text.trim_end()),
    }
    match overview.is_empty() {
        true => Ok(()),
        false => Err(Failure::say(Kind::No, "")),
    }
}

/// The controls of a benchmark on both sides; without one that fits both they are not compared.
fn controls(old: &Side, new: &Side, arguments: &Diff) -> Result<Part<ControlDrift>, Failure> {
    if arguments.benchmark.is_none() {
        let name = |side: &Side| {
            let name = Benchmark::of_distribution(&side.audited.facts).map(str::to_owned);
            name.map_err(|_| format!("{} has no known benchmark", side.contents.target))
        };
        match (name(old), name(new)) {
            (Ok(was), Ok(is)) if was == is => {}
            (Ok(was), Ok(is)) => {
                let why = format!("{was} and {is} are two benchmarks; --benchmark chooses one");
                return Ok(Part::unknown(why));
            }
            (Err(why), _) | (_, Err(why)) => return Ok(Part::unknown(why)),
        }
    }
    let reported = |side: &Side| {
        let target = &side.contents.target;
        report(&side.audited, target, &audit(target, arguments))
    };
    let drift = Drift::between(&reported(old)?, &reported(new)?);
    Ok(Part::of(drift.controls))
}

/// The audit of one of the sides.
fn audit(target: &str, arguments: &Diff) -> Audit {
    Audit {
        target: target.to_owned(),
        diff: None,
        benchmark: arguments.benchmark.clone(),
        level: arguments.level,
        profile: "server".to_owned(),
        choices: Vec::new(),
        threshold: 0.0,
        no_memo: false,
        platform: arguments.platform.clone(),
        date: None,
        format: crate::audit::Format::Text,
        output: None,
        reports: Vec::new(),
    }
}
