//! `terroir lint`: checks whether machines can start from an image, be updated by it, and be safe.

use std::path::Path;

use super::lint_report::write;
use crate::bootable::lint::{Options, Report, Root, Severity, TABLE, lint as run, rule_of};
use crate::cli::arguments::bootable::Lint;
use crate::cli::arguments::options::Compression;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::file::write_file;
use crate::cli::target::find::find_for;
use crate::engine::Reach;

/// Lints a target, or lists the rules.
pub(in crate::cli) fn lint(session: &Session, arguments: &Lint) -> Result<(), Failure> {
    let Some(target) = &arguments.target else {
        list(session);
        return Ok(());
    };
    for id in &arguments.skip {
        rule_of(id).map_err(|hint| {
            Failure::say(Kind::Usage, format!("there is no rule `{id}`")).hint(hint)
        })?;
    }
    let (root, digest) = read(session, target, arguments)?;
    let root = match arguments.life_cycle {
        Some(life_cycle) => root.as_life_cycle(life_cycle),
        None => root,
    };
    let options = Options {
        skip: arguments.skip.iter().cloned().collect(),
        fatal_warnings: arguments.fatal_warnings,
    };
    let report = run(&root, &options);
    session.printer.clear();
    let about = (target.as_str(), digest.as_deref());
    for (format, file) in &arguments.reports {
        write_file(file, &write(*format, &report, about, true)?)?;
    }
    let text = write(arguments.format, &report, about, arguments.all)?;
    match &arguments.output {
        Some(file) => write_file(file, &text)?,
        None => session.printer.line(text.trim_end()),
    }
    conclude(&report)
}

fn conclude(report: &Report) -> Result<(), Failure> {
    let message = match report.count(Severity::Error) {
        0 => return Ok(()),
        1 => "1 error was found".to_owned(),
        count => format!("{count} errors were found"),
    };
    Err(Failure::say(Kind::No, message)
        .hint("docs/src/lint.md says what each rule means; --skip RULE leaves one out"))
}

/// Prints all rules.
fn list(session: &Session) {
    let width = TABLE.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in &TABLE {
        let line = format!("{:8} {:width$}  {}", rule.severity, rule.id, rule.summary);
        session.printer.line(&line);
    }
}

/// Reads a target, and gives the digest of an image.
fn read(
    session: &Session,
    target: &str,
    arguments: &Lint,
) -> Result<(Root, Option<String>), Failure> {
    let outside = |error: &(dyn std::error::Error + 'static)| Failure::new(Kind::Outside, error);
    if let Some(folder) = target.strip_prefix("dir:") {
        let root = Root::of_directory(Path::new(folder)).map_err(|error| {
            let failure = outside(&error);
            match rustix::process::geteuid().is_root() {
                true => failure,
                false => failure.hint(
                    "a root has files that only root reads: run it as root, or lint the image",
                ),
            }
        })?;
        return Ok((root, None));
    }
    let store = session.store_for(target)?;
    let place = session.outside(store, Reach::Missing, Compression::Zstd);
    let asked = (target, arguments.platform.as_ref());
    let (chosen, source, _) = find_for(session, &place, asked)?;
    session.printer.progress("reading layers");
    let root = Root::of_image(&chosen, source.as_ref()).map_err(|error| outside(&error))?;
    Ok((root, Some(chosen.document.descriptor.digest().to_string())))
}
