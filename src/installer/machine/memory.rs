//! The memory that an installation works in.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount};

use super::error::InstallError;

/// Where it is.
const PLACE: &str = "/run/terroir-install";
/// What programs and the system itself need beside it, in bytes.
const RESERVE: u64 = 192 << 20;
/// How many times the layers are as large when they are unpacked, at least; they lie beside.
const UNPACKED: u64 = 2;

/// Mounts a file system in memory, which may take nearly all of it.
pub fn work_in_memory() -> Result<PathBuf, InstallError> {
    let place = Path::new(PLACE);
    let failed = || InstallError::io(format!("mounting a file system in memory at {PLACE}"));
    fs::create_dir_all(place).map_err(failed())?;
    let options = c"mode=0700,size=95%";
    mount(
        "terroir-install",
        place,
        "tmpfs",
        MountFlags::empty(),
        Some(options),
    )
    .map_err(|error| failed()(error.into()))?;
    Ok(place.to_path_buf())
}

/// Refuses an image whose layers, of so many bytes, do not fit into memory with what they hold.
pub(super) fn need(layers: u64) -> Result<(), InstallError> {
    let text =
        fs::read_to_string("/proc/meminfo").map_err(InstallError::io("reading /proc/meminfo"))?;
    fits(layers, available(&text))
}

fn fits(layers: u64, free: u64) -> Result<(), InstallError> {
    let needed = layers.saturating_mul(1 + UNPACKED).saturating_add(RESERVE);
    match needed > free {
        true => Err(InstallError::Memory { needed, free }),
        false => Ok(()),
    }
}

/// The free memory by /proc/meminfo (proc(5)), in bytes.
fn available(text: &str) -> u64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"));
    let number = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<u64>()
            .ok()
    });
    number.unwrap_or_default() << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_memory_is_told_before_anything_is_fetched() {
        let text = "MemTotal:  2000000 kB\nMemAvailable:   1048576 kB\n";
        assert_eq!(available(text), 1 << 30);
        assert!(fits(200 << 20, 1 << 30).is_ok());
        let said = fits(400 << 20, 1 << 30).unwrap_err().to_string();
        assert!(
            said.contains("more than 1392 MiB; 1024 MiB are free"),
            "{said}"
        );
    }
}
