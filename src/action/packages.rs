//! A change of the installed packages that is resolved first and carried out without network.

use serde::Serialize;

use super::input::Input;

/// What shall be installed, held and gone after an `apt` step.
///
/// The interpreter resolves it to exact packages (which can be locked and vendored), then installs
/// those and no others with the network off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Packages {
    /// Whether all installed packages are brought to the newest version first.
    pub upgrade: bool,
    /// Packages that go.
    pub remove: Vec<String>,
    /// Packages that go if they are there; the archive need not know them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Whether what nothing needs any more goes too.
    pub auto_remove: bool,
    /// Packages that come: `name`, `name:arch`, `name=version`, `name/release`.
    pub install: Vec<String>,
    /// Package files of the repository that are installed with them.
    pub files: Vec<Input>,
    /// Whether recommended packages are installed too.
    pub recommends: bool,
    /// Packages that later upgrades leave alone, or do not any more.
    pub hold: Vec<Hold>,
}

impl Packages {
    /// What is to be done, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.upgrade.then(|| "upgrade".to_owned()));
        let mut list = |verb: &str, names: &[String]| {
            if !names.is_empty() {
                words.push(format!("{verb} {}", names.join(" ")));
            }
        };
        list("remove", &self.remove);
        list("without", &self.absent);
        list("install", &self.install);
        let files: Vec<String> = self.files.iter().map(|file| file.path.clone()).collect();
        list("install", &files);
        let held = |wanted: bool| -> Vec<String> {
            let some = self.hold.iter().filter(|hold| hold.held == wanted);
            some.map(|hold| hold.name.clone()).collect()
        };
        list("hold", &held(true));
        list("unhold", &held(false));
        words.join(", ")
    }
}

/// A package that is held at its version, or set free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The package.
    pub name: String,
    /// Whether it is held.
    pub held: bool,
}
