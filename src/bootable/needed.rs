//! Programs that this machine must have, and the Debian packages that have them.

use std::path::Path;

/// Where programs are looked for, as PATH has it.
pub(super) const SEARCH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Tells whether a program is there.
pub(super) fn is_there(program: &str) -> bool {
    let mut folders = SEARCH.split(':').map(Path::new);
    folders.any(|folder| folder.join(program).is_file())
}

/// The command that installs packages, each named once.
pub(super) fn install<'a>(packages: impl IntoIterator<Item = &'a str>) -> String {
    let mut packages: Vec<&str> = packages.into_iter().collect();
    packages.sort_unstable();
    packages.dedup();
    format!("apt install {}", packages.join(" "))
}
