//! The token of administrators, in a file.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::serve::error::Error;

/// Makes 128 random bits; none when the system has none.
pub type Random = fn() -> Option<u128>;

/// The file beside the states.
const NAME: &str = "admin-token";
/// Shortest token, in characters.
const SHORTEST: usize = 16;
/// Longest token, in characters.
const LONGEST: usize = 256;

/// The token of administrators; it is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminToken(String);

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken")
    }
}

impl AdminToken {
    /// Reads the token in a file that nobody but its owner may read.
    ///
    /// # Errors
    /// The file cannot be read, others may read it, or it holds no token.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let doing = || format!("reading the token in {}", path.display());
        let wrong = |why: String| Error::Token {
            path: path.to_path_buf(),
            why,
        };
        let mode = fs::metadata(path).map_err(Error::io(doing()))?;
        let mode = mode.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(wrong(format!(
                "others may read it, since its mode is {mode:04o}; write `chmod 600 {}`",
                path.display()
            )));
        }
        let text = fs::read_to_string(path).map_err(Error::io(doing()))?;
        let text = text.trim();
        let is_plain = text.chars().all(|c| c.is_ascii_graphic());
        if !is_plain || !(SHORTEST..=LONGEST).contains(&text.len()) {
            return Err(wrong(format!(
                "a token is one word of {SHORTEST} to {LONGEST} ASCII characters"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token beside a file of states, which is made when it is not there; with its path.
    ///
    /// # Errors
    /// It cannot be made or read.
    pub fn beside(states: &Path, random: Random) -> Result<(Self, PathBuf), Error> {
        let path = states.with_file_name(NAME);
        if !path.exists() {
            make(&path, random)
                .map_err(Error::io(format!("making the token {}", path.display())))?;
        }
        Ok((Self::read(&path)?, path))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// Makes a file with a token, whole or not at all; one that somebody made meanwhile stays.
fn make(path: &Path, random: Random) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    // Nobody but its owner may read it.
    let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let token = random().ok_or_else(|| io::Error::other("the system has no random numbers"))?;
    writeln!(file, "{token:032x}")?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
    }
}
