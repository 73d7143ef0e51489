//! Tests inside a machine: what the machine is given for them, and what it says.
//!
//! Nothing is put into the image, and nobody logs in. systemd takes a unit and a script as
//! credentials, which QEMU hands over as strings of the firmware (systemd.system-credentials(7)). The
//! program is a second disk, and a port of the machine takes the results.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::Error;
use super::port;
use super::program::value;

const SCRIPT: &str = include_str!("inside.sh");
const UNIT: &str = "[Unit]
Description=Tests of the image
After=multi-user.target

[Service]
# The job ends when the program has started: the program itself waits until no job is left.
Type=exec
LoadCredential=terroir.tests
ExecStart=/bin/sh %d/terroir.tests
";
const WANTED: &str = "[Unit]\nWants=terroir-tests.service\n";

/// What a machine is given for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inside {
    program: PathBuf,
    bytes: u64,
}

impl Inside {
    /// Takes the program that runs the tests, which a machine of that architecture is to run.
    ///
    /// # Errors
    /// It cannot be read, or is for other machines.
    pub fn new(program: &Path, architecture: &str) -> Result<Self, Error> {
        suits(program, architecture)?;
        let failed = || Error::io(format!("reading {}", program.display()));
        let bytes = program.metadata().map_err(failed())?.len();
        let program = std::path::absolute(program).map_err(failed())?;
        Ok(Self { program, bytes })
    }

    /// The arguments of QEMU; `file` is for what the machine says.
    pub(super) fn arguments(&self, file: &Path) -> Result<Vec<String>, Error> {
        let disk = value(&self.program)?;
        let mut words = vec![
            "-drive".to_owned(),
            format!("file={disk},if=virtio,format=raw,readonly=on"),
        ];
        words.extend(port::arguments("terroir.tests", file)?);
        let script = SCRIPT.replace("@BYTES@", &self.bytes.to_string());
        let script = format!("{}{script}", port::OPEN);
        let credentials = [
            ("terroir.tests", script.as_str()),
            ("systemd.extra-unit.terroir-tests.service", UNIT),
            ("systemd.unit-dropin.multi-user.target", WANTED),
        ];
        for (name, text) in credentials {
            let text = STANDARD.encode(text);
            let string = format!("type=11,value=io.systemd.credential.binary:{name}={text}");
            words.extend(["-smbios".to_owned(), string]);
        }
        Ok(words)
    }
}

/// Refuses a program that machines of an architecture do not run.
pub fn suits(program: &Path, architecture: &str) -> Result<(), Error> {
    let failed = || Error::io(format!("reading {}", program.display()));
    let mut head = Vec::new();
    let file = File::open(program).map_err(failed())?;
    file.take(20).read_to_end(&mut head).map_err(failed())?;
    let found = made_for(&head);
    match found == Some(architecture) {
        true => Ok(()),
        false => Err(Error::Foreign {
            program: program.to_path_buf(),
            found,
            wanted: architecture.to_owned(),
        }),
    }
}

/// The architecture that a program is made for, by its first bytes (elf(5)).
fn made_for(head: &[u8]) -> Option<&'static str> {
    if !head.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    match head.get(18..20)? {
        [62, 0] => Some("amd64"),
        [183, 0] => Some("arm64"),
        _ => Some("another architecture"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_for_other_machines_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a,b");
        let mut head = b"\x7fELF\x02\x01".to_vec();
        head.resize(18, 0);
        head.extend([183, 0]);
        head.resize(600, 0);
        std::fs::write(&path, &head).unwrap();
        assert!(Inside::new(&path, "amd64").is_err());
        let inside = Inside::new(&path, "arm64").unwrap();
        let words = inside.arguments(Path::new("/p")).unwrap().join(" ");
        assert!(words.contains("a,,b,if=virtio"), "{words}");
        let script = words.split("credential.binary:terroir.tests=").nth(1);
        let script = script.unwrap().split(' ').next().unwrap();
        let script = String::from_utf8(STANDARD.decode(script).unwrap()).unwrap();
        assert!(script.contains("\nbytes=600\n"), "{script}");
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        assert!(Inside::new(&path, "amd64").is_err());
    }
}
