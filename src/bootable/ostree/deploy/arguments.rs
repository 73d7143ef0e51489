//! Kernel arguments: those that an image asks for, and what an update changes on a machine's own line.

use crate::bootable::ostree::error::Error;
use crate::bootable::ostree::repository::{Checksum, Repository};
use crate::setting::{KARGS_FOLDER, KargsFile};

/// Most bytes of one file.
const MAX_FILE: u64 = 1 << 20;

/// An architecture of OCI as such files name it.
#[must_use]
pub fn rust_architecture(oci: &str) -> &str {
    match oci {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "ppc64le" => "powerpc64",
        other => other,
    }
}

/// The arguments of files, which come sorted by name, for an architecture (`x86_64`).
pub fn kernel_arguments<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    architecture: &str,
) -> Result<Vec<String>, Error> {
    let mut arguments = Vec::new();
    for (name, text) in files {
        let file = KargsFile::parse(text)
            .map_err(|why| Error::Image(format!("{KARGS_FOLDER}/{name} is not valid: {why}")))?;
        if file.is_for(architecture) {
            for argument in &file.kargs {
                arguments.extend(argument_words(argument));
            }
        }
    }
    Ok(arguments)
}

impl Repository {
    /// The kernel arguments that a commit asks for, for an architecture (`x86_64`).
    pub fn kernel_arguments(
        &self,
        commit: &Checksum,
        architecture: &str,
    ) -> Result<Vec<String>, Error> {
        let mut files = Vec::new();
        for name in self.names(commit, KARGS_FOLDER)? {
            if !name.ends_with(".toml") {
                continue;
            }
            if let Some(bytes) = self.file(commit, &format!("{KARGS_FOLDER}/{name}"), MAX_FILE)? {
                files.push((name, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
        let files = files.iter().map(|(name, text)| (&**name, &**text));
        kernel_arguments(files, architecture)
    }
}

/// The words of a command line; blanks between double quotes separate none.
#[must_use]
pub fn argument_words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        if character == '"' {
            quoted = !quoted;
        }
        if character.is_whitespace() && !quoted {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(character);
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// A machine's line after an update: what only the old image asked for goes, what only the new one
/// asks for comes at the end, and the machine's own arguments stay where they are.
#[must_use]
pub fn changed_arguments(line: &[String], old: &[String], new: &[String]) -> Vec<String> {
    let mut line = line.to_vec();
    let mut kept = new.to_vec();
    for argument in old {
        if let Some(at) = kept.iter().position(|one| one == argument) {
            kept.remove(at);
        } else if let Some(at) = line.iter().rposition(|one| one == argument) {
            line.remove(at);
        }
    }
    line.extend(kept);
    line
}
