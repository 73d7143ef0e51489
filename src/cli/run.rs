//! The run of a command line, from arguments to an exit code.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use super::arguments::command::{Arguments, Verb, command};
use super::audit::test::test;
use super::audit::verb::audit;
use super::bootable::boot::boot;
use super::bootable::disk::disk;
use super::bootable::lint::lint;
use super::completions::completions;
use super::context::environment::variable;
use super::context::session::Session;
use super::diff::verb::diff;
use super::doctor::verb::doctor;
use super::explain::verb::explain;
use super::fleet::verb::fleet;
use super::host::verb::host;
use super::image::inspect::inspect;
use super::image::pull::pull;
use super::image::push::push;
use super::image::unpack::unpack;
use super::installer::folder::installer;
use super::installer::install::install;
use super::kickstart::verb::kickstart;
use super::lock::outdated::verb::{outdated, why};
use super::lock::rebuild::rebuild;
use super::lock::vendor::vendor;
use super::lock::verb::{lock, update};
use super::man::man;
use super::output::failure::{Failure, Kind};
use super::output::printer::Printer;
use super::pipeline::verb::pipeline;
use super::recipe::build::build;
use super::recipe::init::init;
use super::recipe::plan::plan;
use super::recipe::validate::validate;
use super::schema::schema;
use super::store::list::list;
use super::store::prune::prune;
use crate::sandbox::{HELPER, IN_ROOT, in_root, inside};

/// Runs a command line and prints what comes of it.
///
/// Exit codes: 0 done, 1 the answer is no, 2 recipe or usage, 3 the outside world, 70 a bug.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    set_hook(Box::new(confess));
    let mut arguments = arguments.into_iter().peekable();
    if arguments.peek().is_some_and(|name| name == HELPER) {
        let isolation = arguments.nth(1);
        let isolation = isolation.as_deref().and_then(OsStr::to_str);
        return guarded(|| inside(isolation, crate::engine::work));
    }
    if arguments.peek().is_some_and(|name| name == IN_ROOT) {
        return guarded(|| in_root(arguments.skip(1)));
    }
    guarded(|| run_verb(arguments))
}

/// Turns a panic, of whatever thread it comes, into the exit code of a bug.
fn guarded(run: impl FnOnce() -> ExitCode) -> ExitCode {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| ExitCode::from(Kind::Bug as u8))
}

/// Prints a message about a panic that users can send to the developers.
fn confess(panic: &PanicHookInfo<'_>) {
    let what = panic.payload_as_str().unwrap_or("no reason was given");
    let place = panic.location().map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    let version = env!("CARGO_PKG_VERSION");
    // Nobody reads any more: there is nobody to tell.
    let _ = writeln!(
        std::io::stderr().lock(),
        "error: this is a bug in terroir {version}: {what} ({place})\n\
         hint: please report this line with the command that led here; the store is not harmed by it"
    );
}

fn run_verb(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let read = command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match read {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody reads any more: a closed pipe is not our failure.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(Kind::Usage as u8)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let colourless = variable("NO_COLOR").is_some();
    let printer = Printer::new(&arguments.global, colourless);
    let session = match Session::new(arguments.global, printer.clone()) {
        Ok(session) => session,
        Err(failure) => {
            printer.error(&failure.to_string());
            return ExitCode::from(failure.kind as u8);
        }
    };
    let result = verb(&session, &arguments.verb);
    session.printer.clear();
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    match &failure.place {
        Some(place) => {
            let shown = std::slice::from_ref(place.as_ref());
            session.printer.diagnostics(shown, &session.sources());
        }
        None => session.printer.error(&failure.to_string()),
    }
    ExitCode::from(failure.kind as u8)
}

fn verb(session: &Session, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::Init(arguments) => init(session, arguments),
        Verb::Doctor(arguments) => doctor(session, arguments),
        Verb::Validate(arguments) => validate(session, arguments),
        Verb::Explain(arguments) => explain(session, arguments),
        Verb::Plan(arguments) => plan(session, arguments),
        Verb::Build(arguments) => build(session, arguments),
        Verb::Lock(arguments) => lock(session, arguments),
        Verb::Update(arguments) => update(session, arguments),
        Verb::Outdated(arguments) => outdated(session, arguments),
        Verb::Why(arguments) => why(session, arguments),
        Verb::Vendor(arguments) => vendor(session, arguments),
        Verb::Rebuild(arguments) => rebuild(session, arguments),
        Verb::Pipeline(arguments) => pipeline(session, arguments),
        Verb::Kickstart(arguments) => kickstart(session, arguments),
        Verb::Fleet(arguments) => fleet(session, arguments),
        Verb::Host(arguments) => host(session, arguments),
        Verb::Push(arguments) => push(session, arguments),
        Verb::Pull(arguments) => pull(session, arguments),
        Verb::Inspect(arguments) => inspect(session, arguments),
        Verb::Diff(arguments) => diff(session, arguments),
        Verb::Audit(arguments) => audit(session, arguments),
        Verb::Test(arguments) => test(session, arguments),
        Verb::Lint(arguments) => lint(session, arguments),
        Verb::Unpack(arguments) => unpack(session, arguments),
        Verb::Disk(arguments) => disk(session, arguments),
        Verb::Boot(arguments) => boot(session, arguments),
        Verb::Installer(arguments) => installer(session, arguments),
        Verb::Install(arguments) => install(session, arguments),
        Verb::Ls(arguments) => list(session, arguments),
        Verb::Prune(arguments) => prune(session, arguments),
        Verb::Schema(arguments) => schema(session, arguments),
        Verb::Completions(arguments) => completions(session, arguments),
        Verb::Man(arguments) => man(arguments),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug() {
        assert_eq!(guarded(|| panic!("on purpose")), ExitCode::from(70));
        assert_eq!(guarded(|| ExitCode::SUCCESS), ExitCode::SUCCESS);
    }
}
