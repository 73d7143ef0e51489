//! The packages that a finished root has, from the database of its package manager.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::tree::{Snapshot, Unread};

/// Installed packages with their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed(BTreeMap<String, String>);

/// Where dpkg keeps its database: as usual, and on images that leave `/var` to the machine.
const DPKG: [&str; 2] = ["/var/lib/dpkg/status", "/usr/lib/sysimage/dpkg/status"];

/// A database in pieces, one file a package, as images without dpkg have it.
const PIECES: &str = "/var/lib/dpkg/status.d";

impl Installed {
    /// Reads the database of a root; none when it has none that terroir reads.
    ///
    /// # Errors
    /// The database is there and cannot be read.
    pub fn of(root: &Snapshot) -> Result<Option<Self>, Unread> {
        let mut installed = Self::default();
        let mut found = false;
        let pieces = root.children(&place(PIECES)).into_iter();
        let pieces = pieces.filter(|path| !path.file_name().ends_with(b".md5sums"));
        for path in DPKG.iter().map(|path| place(path)).chain(pieces) {
            if let Some(text) = root.text(&path)? {
                found = true;
                installed.dpkg(&text);
            }
        }
        Ok(found.then_some(installed))
    }

    /// The version of a package; none when it is not installed.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a status file of dpkg in (deb822(5), dpkg-query(1)).
    fn dpkg(&mut self, text: &str) {
        for stanza in text.split("\n\n") {
            let field = |name: &str| {
                let mut lines = stanza.lines();
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
            };
            // A file of status.d has no status: what is listed is there.
            let status = field("Status").unwrap_or("install ok installed");
            if let (Some(name), Some(version), true) = (
                field("Package"),
                field("Version"),
                status.ends_with(" installed"),
            ) {
                self.0.insert(name.to_owned(), version.to_owned());
            }
        }
    }
}

fn place(path: &str) -> TreePath {
    TreePath::parse(path).expect("a constant path is valid")
}
