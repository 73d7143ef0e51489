//! `terroir host status`: what runs, what starts next, and what differs from the image.

use super::fail::fail;
use crate::cli::arguments::host::HostStatus;
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::host::{
    Changed, Configuration, Deployed, Loader, Machine, Status, Versions, status as look,
};

/// Shows the state of the machine.
pub(super) fn status(
    session: &Session,
    machine: &Machine,
    arguments: &HostStatus,
) -> Result<(), Failure> {
    // A mistake in the file is told by the verbs that need it.
    let configuration = Configuration::read(machine).unwrap_or_default();
    let status = look(machine, &configuration).map_err(|error| fail(&error))?;
    match arguments.print.format {
        Format::Json => session.printer.json(&status),
        Format::Text => text(session, &status),
    }
    Ok(())
}

fn text(session: &Session, status: &Status) {
    let line = |text: String| session.printer.line(text);
    let image = match status.image.as_str() {
        "" => "not known; say it with `terroir host switch`",
        image => image,
    };
    line(format!("image    {image}"));
    line(match status.tries {
        None => format!("health   {}", status.health),
        Some(tries) => format!("health   {}, {tries} tries left", status.health),
    });
    if let Some(checked) = status.checked {
        line(format!("checked  {checked:.0}"));
    }
    loader(session, &status.loader);
    for one in &status.deployments {
        line(String::new());
        line(format!("{}  {}", role(one), one.version));
        line(format!("  image   {} {}", one.image, one.manifest));
        line(format!("  commit  {}", one.commit));
    }
    for failed in &status.failed {
        line(String::new());
        line(format!(
            "did not work here: {} ({:.0})",
            failed.manifest, failed.when
        ));
        failed.why.iter().for_each(|why| line(format!("  {why}")));
    }
    if !status.etc.is_empty() {
        line(String::new());
        line("changed in /etc on this machine:".to_owned());
        status.etc.iter().for_each(|change| line(changed(change)));
    }
}

fn loader(session: &Session, loader: &Loader) {
    let line = |text: String| session.printer.line(text);
    let versions = |versions: &Versions| {
        let said = |version: &Option<String>| version.clone().unwrap_or_else(|| "?".to_owned());
        format!(
            "shim {}, GRUB {}",
            said(&versions.shim),
            said(&versions.grub)
        )
    };
    match (&loader.esp, &loader.image) {
        (Some(esp), Some(image)) if esp == image => {
            line(format!("loader   {}, {}", versions(esp), loader.says));
        }
        (Some(esp), Some(image)) => {
            line(format!("loader   {} on the ESP", versions(esp)));
            line(format!("         {} in the image", versions(image)));
            line(format!("         {}", loader.says));
        }
        _ => line(format!("loader   {}", loader.says)),
    }
}

fn role(one: &Deployed) -> String {
    let words = [
        (one.booted, "running"),
        (one.staged, "staged"),
        (one.next, "starts next"),
        (one.pinned, "pinned"),
    ];
    let words: Vec<&str> = words.iter().filter(|one| one.0).map(|one| one.1).collect();
    match words.is_empty() {
        true => "before".to_owned(),
        false => words.join(", "),
    }
}

/// Settings of one file that are named; `--format json` has all.
const NAMED: usize = 3;

/// A changed file with the settings that live in it.
pub(super) fn changed(change: &Changed) -> String {
    let all = change.settings.iter();
    let mut settings: Vec<String> = all
        .take(NAMED)
        .map(|one| format!("{} ({}: {})", one.setting, one.tier, one.flavour))
        .collect();
    let more = change.settings.len().saturating_sub(NAMED);
    if more > 0 {
        settings.push(format!("and {more} more"));
    }
    let gap = if settings.is_empty() { "" } else { "  " };
    format!(
        "  {:<8}  {}{gap}{}",
        change.change,
        change.path,
        settings.join(", ")
    )
}
