//! The variables that GRUB reads and counts down before it starts a system.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::place::Machine;
use super::program::says;
use crate::bootable::ostree::GRUBENV;
use crate::host::error::Error;

/// How long the disk may take to write a block.
const LIMIT: Duration = Duration::from_secs(60);

impl Machine {
    fn variables(&self) -> PathBuf {
        self.sysroot().path().join("boot/grub/grubenv")
    }

    /// How many more times the newest deployment is tried; none when it is confirmed.
    pub(in crate::host) fn tries(&self) -> Result<Option<u32>, Error> {
        let path = self.variables();
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut lines = text.lines().filter_map(|line| line.strip_prefix("tries="));
                Ok(lines.next().and_then(|value| value.trim().parse().ok()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("reading", path)(error)),
        }
    }

    /// Ends the count: what starts next starts without it.
    pub(in crate::host) fn clear_tries(&self) -> Result<(), Error> {
        match self.tries()? {
            None => Ok(()),
            Some(_) => self.set("tries="),
        }
    }

    /// Begins the count for the next start. Whichever deployment that is, the old one if the power
    /// fails before the new one is in the menu: its check ends the count.
    pub(in crate::host) fn begin_tries(&self) -> Result<(), Error> {
        self.set("tries=3")
    }

    fn set(&self, variable: &str) -> Result<(), Error> {
        let file = format!("GRUBENV={}", self.variables().display());
        let words = [&file, "sh", "-c", GRUBENV, "grubenv", variable];
        says("env", &words, LIMIT).map(drop)
    }
}
