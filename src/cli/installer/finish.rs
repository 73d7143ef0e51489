//! The end of an installation: the machine starts again, or is switched off.

use std::time::Duration;

use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::Finish;
use crate::process::{Program, run};

/// Does what the document says.
pub(super) fn finish(then: Finish) -> Result<(), Failure> {
    let target = match then {
        Finish::Reboot => "reboot.target",
        Finish::Poweroff => "poweroff.target",
    };
    rustix::fs::sync();
    let ran = run(&Program {
        name: "systemctl",
        // `systemctl reboot` would ask logind, which an initramfs does not have.
        arguments: &[
            "--no-block",
            "--job-mode=replace-irreversibly",
            "start",
            target,
        ],
        input: b"",
        search: None,
        limit: Duration::from_secs(60),
    });
    let ran = ran.map_err(|error| Failure::new(Kind::Outside, &error))?;
    match ran.code {
        // The machine may end before the program does.
        Some(0) | None => Ok(()),
        _ => {
            let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
            Err(Failure::say(
                Kind::Outside,
                format!("starting {target} failed: {said}"),
            ))
        }
    }
}
