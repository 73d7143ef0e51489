//! The packages that a finished root has, from the database of its package manager.

use std::collections::BTreeMap;

use crate::path::TreePath;
use crate::tree::{Snapshot, Unread};

/// Installed packages with their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// By name; of one that is installed for several architectures, the last.
    versions: BTreeMap<String, String>,
    /// By name and architecture.
    all: BTreeMap<(String, String), String>,
}

/// Databases of package managers that terroir does not read (rpm, apk, pacman).
const UNREAD: [(&str, &str); 8] = [
    ("/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm"),
    ("/usr/lib/sysimage/rpm/Packages.db", "rpm"),
    ("/usr/share/rpm/rpmdb.sqlite", "rpm"),
    ("/var/lib/rpm/rpmdb.sqlite", "rpm"),
    ("/var/lib/rpm/Packages", "rpm"),
    ("/lib/apk/db/installed", "apk"),
    ("/usr/lib/apk/db/installed", "apk"),
    ("/var/lib/pacman/local", "pacman"),
];

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
        self.versions.get(name).map(String::as_str)
    }

    /// Every package with its version: by `name`, or by `name:architecture` where one name is
    /// installed for several.
    #[must_use]
    pub fn list(&self) -> BTreeMap<String, String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, _) in self.all.keys() {
            *counts.entry(name).or_default() += 1;
        }
        let named = self.all.iter().map(|((name, architecture), version)| {
            let name = match counts.get(name.as_str()) {
                Some(1) => name.clone(),
                _ => format!("{name}:{architecture}"),
            };
            (name, version.clone())
        });
        named.collect()
    }

    /// The package manager whose database a root has, and terroir does not read.
    #[must_use]
    pub fn unread(root: &Snapshot) -> Option<&'static str> {
        let mut known = UNREAD.iter();
        let there = known.find(|(path, _)| root.followed(&place(path)).is_some());
        there.map(|(_, manager)| *manager)
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
                let architecture = field("Architecture").unwrap_or_default();
                let key = (name.to_owned(), architecture.to_owned());
                self.all.insert(key, version.to_owned());
                self.versions.insert(name.to_owned(), version.to_owned());
            }
        }
    }
}

fn place(path: &str) -> TreePath {
    TreePath::parse(path).expect("a constant path is valid")
}
