//! The commands of a machine's first start: scripts, and a unit that runs each of them once.

use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::image::{put, put_link};
use crate::bootable::disk::parts::file;

/// Where the scripts are, the one that runs the others among them.
const FOLDER: &str = "/etc/terroir/first-boot";
const RUN: &str = include_str!("first_boot/run.sh");
/// Only root may read what may have a secret in it.
const MODE: u32 = 0o700;
/// The unit, and where systemd finds that it is wanted.
const UNIT: &str = "/etc/systemd/system/terroir-first-boot.service";
const UNIT_TEXT: &str = include_str!("first_boot/terroir-first-boot.service");
const WANTED: &str = "/etc/systemd/system/multi-user.target.wants/terroir-first-boot.service";
/// What runs them.
const BASH: [&str; 2] = ["/bin/bash", "/usr/bin/bash"];

/// Writes commands, and what runs them.
pub(super) fn write(commands: &[String], system: &Path) -> Result<(), Error> {
    if commands.is_empty() {
        return Ok(());
    }
    let mut has_bash = false;
    for place in BASH {
        has_bash |= file(system, place)?.is_some();
    }
    if !has_bash {
        return Err(Error::Host {
            why: "it has no bash, which runs the commands of the first start".to_owned(),
            hint: "add the package bash to the flavour, or leave `first-boot` out".to_owned(),
        });
    }
    put(system, &format!("{FOLDER}/run"), (RUN, MODE))?;
    for (number, command) in (1..).zip(commands) {
        let path = format!("{FOLDER}/{number:04}");
        put(system, &path, (&format!("{command}\n"), MODE))?;
    }
    put(system, UNIT, (UNIT_TEXT, 0o644))?;
    put_link(system, WANTED, "../terroir-first-boot.service")
}
