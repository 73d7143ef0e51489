//! `terroir doctor`: what this machine can do, and what to do where it cannot.

use super::checks::{
    Found, clock, keyring, logins, program, sandbox, space, store, subordinate_ids,
};
use crate::cli::arguments::machine::Doctor;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};

/// One thing that was looked at.
struct Check {
    name: &'static str,
    found: Found,
    /// Whether nothing can be built without it.
    needed: bool,
}

/// Tries what a build will do: the store, space, the clock, namespaces and mounts, programs,
/// keyrings and registry logins. Nothing of it stays.
pub(in crate::cli) fn doctor(session: &Session, _arguments: &Doctor) -> Result<(), Failure> {
    let path = session.store_path()?;
    let check = |name, needed, found| Check {
        name,
        found,
        needed,
    };
    let mmdebstrap = "apt-get install mmdebstrap; needed for `from: bootstrap`";
    let debian = "apt-get install debian-archive-keyring; needed to bootstrap Debian";
    let ubuntu = "apt-get install ubuntu-keyring; needed to bootstrap Ubuntu";
    let checks = [
        check("store", true, store(&path)),
        check("disk space", true, space(&path)),
        check("clock", true, clock(&path)),
        check("sandbox", false, sandbox(&path)),
        check("mmdebstrap", false, program("mmdebstrap", mmdebstrap)),
        check(
            "Debian keyring",
            false,
            keyring("debian-archive-keyring.gpg", debian),
        ),
        check(
            "Ubuntu keyring",
            false,
            keyring("ubuntu-archive-keyring.gpg", ubuntu),
        ),
        check("subordinate ids", false, subordinate_ids()),
        check("registry logins", false, logins(session)),
    ];
    let mut missing = Vec::new();
    for check in &checks {
        let (mark, text) = match &check.found {
            Ok(text) => ("ok", text),
            Err((text, _)) => ("--", text),
        };
        session
            .printer
            .line(format!("{mark}  {:<16} {text}", check.name));
        if let Err((_, hint)) = &check.found {
            if !hint.is_empty() {
                session.printer.line(format!("    {:<16} hint: {hint}", ""));
            }
            missing.extend(check.needed.then_some(check.name));
        }
    }
    match missing.as_slice() {
        [] => Ok(()),
        missing => Err(Failure::say(
            Kind::Outside,
            format!(
                "nothing can be built before this is fixed: {}",
                missing.join(", ")
            ),
        )),
    }
}
