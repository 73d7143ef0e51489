//! One update at a time.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};

use super::place::Machine;
use crate::host::error::Error;

/// The right to change the machine; it ends with this value, or with the process.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the right; fails at once when somebody has it.
    pub fn take(machine: &Machine) -> Result<Self, Error> {
        let folder = machine.state();
        fs::create_dir_all(&folder).map_err(Error::file("making", &folder))?;
        let path = folder.join("host.lock");
        let failed = |source| Error::file("locking", &path)(source);
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                // Who has it is only for people.
                let _ = file.read_to_string(&mut by);
                let by = by.trim().to_owned();
                return Err(Error::Busy { by });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}
