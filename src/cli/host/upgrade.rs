//! `terroir host upgrade` and `terroir host switch`: the next image, fetched and made ready.

use std::path::PathBuf;

use super::fail::fail;
use super::place::{configuration, moment};
use super::status::changed;
use crate::bootable::ostree::{Archive, Progress};
use crate::cli::arguments::host::{Switch, Upgrade};
use crate::cli::context::session::Session;
use crate::cli::output::failure::Failure;
use crate::cli::output::units::size;
use crate::cli::target::reference::reference;
use crate::host::{
    Configuration, Error, Found, Machine, Outcome, Reboot, Request, State, Step, Turn, is_idle,
    reboot, turn, upgrade as update,
};
use crate::registry::{Reference, Registry, Settings};

/// Files with credentials that a machine may have beside those of its user.
const AUTH_FILES: [&str; 2] = ["/etc/terroir/auth.json", "/etc/ostree/auth.json"];

/// Fetches the newest image of the machine.
pub(super) fn upgrade(
    session: &Session,
    machine: &Machine,
    arguments: &Upgrade,
) -> Result<(), Failure> {
    let configuration = configuration(session, machine)?;
    if arguments.scheduled {
        return scheduled(session, machine, &configuration);
    }
    let asked = Asked {
        target: None,
        check: arguments.check,
        unattended: false,
    };
    let outcome = run(session, machine, &configuration, asked)?;
    restart(arguments.apply && is_ready(&outcome))
}

/// Fetches another image, which is followed from now on.
pub(super) fn switch(
    session: &Session,
    machine: &Machine,
    arguments: &Switch,
) -> Result<(), Failure> {
    let configuration = configuration(session, machine)?;
    let asked = Asked {
        target: Some(reference(&arguments.reference)?),
        check: false,
        unattended: false,
    };
    let outcome = run(session, machine, &configuration, asked)?;
    restart(arguments.apply && is_ready(&outcome))
}

/// Does what the configuration says.
fn scheduled(
    session: &Session,
    machine: &Machine,
    configuration: &Configuration,
) -> Result<(), Failure> {
    let state = State::read(machine).map_err(|error| fail(&error))?;
    if let Turn::NotNow(why) = turn(configuration, machine, state.checked, moment()) {
        session.printer.line(why);
        return Ok(());
    }
    let asked = Asked {
        target: None,
        check: false,
        unattended: true,
    };
    let outcome = match ask(session, machine, configuration, asked) {
        // Nobody is to be woken for that: it stays so until somebody says otherwise.
        Err(Error::Unfollowed(why)) => {
            session.printer.line(format!("nothing is updated: {why}"));
            return Ok(());
        }
        asked => asked.map_err(|error| fail(&error))?,
    };
    show(session, &outcome);
    if !is_ready(&outcome) {
        return Ok(());
    }
    match configuration.reboot {
        Reboot::Never => Ok(()),
        Reboot::Always => restart(true),
        Reboot::WhenIdle => {
            let idle = is_idle().map_err(|error| fail(&error))?;
            if !idle {
                session
                    .printer
                    .line("somebody is logged in; the machine does not start again now");
            }
            restart(idle)
        }
    }
}

/// What is asked for.
struct Asked {
    target: Option<Reference>,
    check: bool,
    unattended: bool,
}

fn run(
    session: &Session,
    machine: &Machine,
    configuration: &Configuration,
    asked: Asked,
) -> Result<Outcome, Failure> {
    let outcome = ask(session, machine, configuration, asked);
    let outcome = outcome.map_err(|error| fail(&error))?;
    show(session, &outcome);
    Ok(outcome)
}

fn ask(
    session: &Session,
    machine: &Machine,
    configuration: &Configuration,
    asked: Asked,
) -> Result<Outcome, Error> {
    let mut settings = session.settings();
    settings.auth_files.extend(AUTH_FILES.map(PathBuf::from));
    if let Some(proxy) = &configuration.proxy {
        settings.http_proxy = Some(proxy.clone());
        settings.https_proxy = Some(proxy.clone());
    }
    settings.no_proxy = configuration.no_proxy.clone().or(settings.no_proxy);
    let archive = configuration.archive.as_ref();
    let archive = archive.map(|url| archive_at(url, &settings));
    let request = Request {
        registry: &Registry::new(settings),
        target: asked.target,
        mirror: configuration.mirror.as_deref(),
        archive: archive.as_ref(),
        check: asked.check,
        unattended: asked.unattended,
        tests: configuration.tests(),
        now: moment(),
    };
    update(machine, &request, &mut |one| step(session, one))
}

/// An archive, with the proxy that registries at such an address are reached by.
fn archive_at(url: &str, settings: &Settings) -> Archive {
    let proxy = match url.starts_with("https:") {
        true => &settings.https_proxy,
        false => &settings.http_proxy,
    };
    Archive {
        url: url.to_owned(),
        proxy: proxy.clone(),
        no_proxy: settings.no_proxy.clone(),
    }
}

fn step(session: &Session, step: Step) {
    let printer = &session.printer;
    match step {
        Step::MirrorFailed(why) => printer.note(&format!(
            "warning: the mirror did not answer, the registry is asked itself: {why}"
        )),
        Step::Found(found) => printer.note(&format!("new image {}", named(&found))),
        Step::Archive(commit) => {
            printer.progress(&format!("fetching the commit {commit} from the archive"));
        }
        Step::Fetched(said) => printer.note(&format!("the archive has the commit: {said}")),
        Step::ArchiveFailed(why) => printer.note(&format!(
            "warning: the archive is not used, layers are fetched: {why}"
        )),
        Step::Import(Progress::Known { .. }) => {}
        Step::Import(Progress::Layer { number, of, bytes }) => {
            printer.progress(&format!("layer {number} of {of} ({})", size(bytes)));
        }
        Step::Import(Progress::Whole) => printer.progress("putting the layers together"),
        Step::Staging => printer.progress("making it ready for the next start"),
    }
}

fn show(session: &Session, outcome: &Outcome) {
    let line = |text: String| session.printer.line(text);
    match outcome {
        Outcome::Current(found) => line(format!("up to date: {}", named(found))),
        Outcome::Ready(found) => line(format!("starts next already: {}", named(found))),
        Outcome::Available {
            found,
            layers,
            bytes,
        } => {
            line(format!("available: {}", named(found)));
            line(format!("  {layers} new layers ({})", size(*bytes)));
        }
        Outcome::HeldBack { found, why } => {
            line(format!("held back, it did not work here: {}", named(found)));
            why.iter().for_each(|why| line(format!("  {why}")));
            line("  `terroir host upgrade` tries it again".to_owned());
        }
        Outcome::Staged {
            found,
            commit,
            conflicts,
        } => {
            let (layers, bytes) = (commit.new_layers, size(commit.bytes));
            line(format!("starts next: {}", named(found)));
            line(format!("  {layers} new layers, {bytes} of new files"));
            for note in &commit.notes {
                line(format!("  left out: {} at {}", note.what, note.path));
            }
            if !conflicts.is_empty() {
                line("  stays as this machine has it, the new image has another:".to_owned());
            }
            for conflict in conflicts {
                line(format!("  {}", changed(&conflict.changed)));
            }
        }
    }
}

fn named(found: &Found) -> String {
    format!("{} {} ({})", found.reference, found.version, found.manifest)
}

fn is_ready(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Staged { .. } | Outcome::Ready(_))
}

fn restart(wanted: bool) -> Result<(), Failure> {
    match wanted {
        true => reboot().map_err(|error| fail(&error)),
        false => Ok(()),
    }
}
