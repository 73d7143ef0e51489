//! From arguments to an exit code.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use super::arguments::{Arguments, Completions, Verb, command};
use super::failure::{Failure, Kind};
use super::session::Session;
use super::{
    audit, build, doctor, explain, init, inspect, kickstart, list, lock, man, plan, pull, push,
    rebuild, schema, test, unpack, validate, vendor,
};
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

/// Says that terroir broke, and where, in words that can be sent to those who mend it.
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
    match Session::new(arguments.global).and_then(|session| {
        let result = verb(&session, &arguments.verb);
        session.printer.clear();
        if let Err(failure) = &result {
            match &failure.place {
                Some(place) => {
                    let shown = std::slice::from_ref(place.as_ref());
                    session.printer.diagnostics(shown, &session.sources());
                }
                None => session.printer.error(&failure.to_string()),
            }
        }
        result
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.kind as u8),
    }
}

fn verb(session: &Session, verb: &Verb) -> Result<(), Failure> {
    match verb {
        Verb::Init(arguments) => init::init(session, arguments),
        Verb::Doctor(arguments) => doctor::doctor(session, arguments),
        Verb::Validate(arguments) => validate::validate(session, arguments),
        Verb::Explain(arguments) => explain::explain(session, arguments),
        Verb::Plan(arguments) => plan::plan(session, arguments),
        Verb::Build(arguments) => build::build(session, arguments),
        Verb::Lock(arguments) => lock::lock(session, arguments),
        Verb::Update(arguments) => lock::update(session, arguments),
        Verb::Vendor(arguments) => vendor::vendor(session, arguments),
        Verb::Rebuild(arguments) => rebuild::rebuild(session, arguments),
        Verb::Kickstart(arguments) => kickstart::kickstart(session, arguments),
        Verb::Push(arguments) => push::push(session, arguments),
        Verb::Pull(arguments) => pull::pull(session, arguments),
        Verb::Inspect(arguments) => inspect::inspect(session, arguments),
        Verb::Audit(arguments) => audit::audit(session, arguments),
        Verb::Test(arguments) => test::test(session, arguments),
        Verb::Unpack(arguments) => unpack::unpack(session, arguments),
        Verb::Ls(arguments) => list::list(session, arguments),
        Verb::Prune(arguments) => list::prune(session, arguments),
        Verb::Schema(arguments) => schema::schema(session, arguments),
        Verb::Completions(arguments) => completions(session, arguments),
        Verb::Man(arguments) => man::man(arguments),
    }
}

fn completions(session: &Session, arguments: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "terroir", &mut script);
    session
        .printer
        .line(String::from_utf8_lossy(&script).trim_end());
    Ok(())
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
