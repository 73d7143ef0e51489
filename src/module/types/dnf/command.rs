//! One call of dnf, as dnf5 and as dnf4 want it: the only place that knows how they differ.
//!
//! Which of them a root has is only seen when the command runs, so a call is a few lines of shell
//! with both spellings (dnf5(8), dnf(8), and the manual pages of their plugins).

use super::bluebuild::Switches;
use crate::module::package::{many, quoted};

/// What dnf is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Brings the metadata up to date.
    Makecache,
    /// Installs packages.
    Install,
    /// Installs what building packages needs.
    Builddep,
    /// Removes packages, and what nothing needs any more unless that is denied.
    Remove { auto_remove: Option<bool> },
    /// Brings packages to the newest version.
    Upgrade,
    /// Brings packages to the version of a repository.
    DistroSync,
    /// Puts one package in the place of another.
    Swap,
    /// Installs groups.
    GroupInstall { with_optional: bool },
    /// Removes groups.
    GroupRemove,
    /// Adds a `.repo` file from an address.
    AddRepo,
    /// Enables repositories by their ids.
    Enable,
    /// Enables a COPR project.
    CoprEnable,
    /// Disables a COPR project.
    CoprDisable,
}

/// The two generations of dnf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// dnf5.
    Five,
    /// dnf 4, which is called `dnf-3`, `dnf4` or `dnf`.
    Four,
}

/// One call of dnf.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) verb: Verb,
    pub(super) switches: Switches,
    /// The repository that packages come from.
    pub(super) repo: Option<String>,
    /// Packages, groups, addresses.
    pub(super) words: Vec<String>,
}

impl Call {
    /// A call without switches.
    pub(super) fn new(verb: Verb, words: Vec<String>) -> Self {
        Self {
            verb,
            switches: Switches::default(),
            repo: None,
            words,
        }
    }

    /// What it is in progress and errors.
    pub(super) fn label(&self) -> String {
        format!("dnf {}", self.names(Generation::Five).join(" "))
    }

    /// The arguments for one generation, without the program.
    pub(super) fn arguments(&self, generation: Generation) -> Vec<String> {
        let mut arguments = many(&["-y", "--setopt=keepcache=1"]);
        if let Some(weak) = self.switches.weak {
            let value = if weak { "True" } else { "False" };
            arguments.push(format!("--setopt=install_weak_deps={value}"));
        }
        if self.switches.no_gpgchecks {
            arguments.push(self.spelt(generation, "--no-gpgchecks", "--nogpgcheck"));
        }
        arguments.extend(self.names(generation).into_iter().map(str::to_owned));
        arguments.extend(self.options(generation));
        match self.verb {
            Verb::AddRepo if generation == Generation::Five => {
                let files = self.words.iter();
                arguments.extend(files.map(|file| format!("--from-repofile={file}")));
            }
            Verb::AddRepo => {
                let files = self.words.iter();
                arguments.extend(files.map(|file| format!("--add-repo={file}")));
            }
            Verb::Enable if generation == Generation::Five => {
                let ids = self.words.iter();
                arguments.extend(ids.map(|id| format!("{id}.enabled=1")));
            }
            _ => arguments.extend(self.words.iter().cloned()),
        }
        arguments
    }

    /// The command and subcommand.
    fn names(&self, generation: Generation) -> Vec<&'static str> {
        match (self.verb, generation) {
            (Verb::Makecache, _) => vec!["makecache"],
            (Verb::Install, _) => vec!["install"],
            (Verb::Builddep, _) => vec!["builddep"],
            (Verb::Remove { .. }, _) => vec!["remove"],
            (Verb::Upgrade, _) => vec!["upgrade"],
            (Verb::DistroSync, _) => vec!["distro-sync"],
            (Verb::Swap, _) => vec!["swap"],
            (Verb::GroupInstall { .. }, _) => vec!["group", "install"],
            (Verb::GroupRemove, _) => vec!["group", "remove"],
            (Verb::AddRepo, Generation::Five) => vec!["config-manager", "addrepo"],
            (Verb::Enable, Generation::Five) => vec!["config-manager", "setopt"],
            (Verb::AddRepo | Verb::Enable, Generation::Four) => vec!["config-manager"],
            (Verb::CoprEnable, _) => vec!["copr", "enable"],
            (Verb::CoprDisable, _) => vec!["copr", "disable"],
        }
    }

    /// The options of the command.
    fn options(&self, generation: Generation) -> Vec<String> {
        let mut options = Vec::new();
        let five = generation == Generation::Five;
        let mut add = |when: bool, option: &str| options.extend(when.then(|| option.to_owned()));
        let switches = &self.switches;
        match self.verb {
            Verb::Makecache | Verb::Upgrade => add(true, "--refresh"),
            Verb::Remove { auto_remove } => {
                let keep = auto_remove == Some(false);
                add(keep && five, "--no-autoremove");
                add(keep && !five, "--noautoremove");
            }
            Verb::GroupInstall { with_optional } => add(with_optional, "--with-optional"),
            Verb::AddRepo if five => {
                add(true, "--create-missing-dir");
                add(true, "--overwrite");
            }
            Verb::Enable if !five => add(true, "--set-enabled"),
            _ => {}
        }
        add(five && switches.skip_unavailable, "--skip-unavailable");
        add(five && switches.skip_broken, "--skip-broken");
        // dnf4 has one switch for both.
        let skip = switches.skip_unavailable || switches.skip_broken;
        add(!five && skip, "--setopt=strict=False");
        add(switches.allow_erasing, "--allowerasing");
        if !switches.exclude.is_empty() {
            let exclude: Vec<&str> = switches.exclude.iter().map(|one| one.as_str()).collect();
            options.push(format!("--exclude={}", exclude.join(",")));
        }
        if let Some(repo) = &self.repo {
            // A swap takes the other packages that it needs from any repository, which dnf4 cannot.
            let option = match (self.verb, generation) {
                (Verb::Swap, Generation::Five) => "--from-repo",
                _ => "--repo",
            };
            options.push(format!("{option}={repo}"));
        }
        options
    }

    fn spelt(&self, generation: Generation, five: &str, four: &str) -> String {
        match generation {
            Generation::Five => five.to_owned(),
            Generation::Four => four.to_owned(),
        }
    }

    /// The package that has the command, where it is a plugin.
    fn plugin(&self, generation: Generation) -> Option<&'static str> {
        let plugin = matches!(
            self.verb,
            Verb::Builddep | Verb::AddRepo | Verb::Enable | Verb::CoprEnable | Verb::CoprDisable
        );
        plugin.then_some(match generation {
            Generation::Five => "dnf5-plugins",
            Generation::Four => "dnf-plugins-core",
        })
    }

    /// The lines of shell that call whichever dnf the root has.
    pub(super) fn script(&self) -> String {
        let branch = |generation| {
            let plugin = self.plugin(generation).map_or_else(String::new, |plugin| {
                format!("    rpm -q {plugin} >/dev/null || \"$dnf\" -y install {plugin}\n")
            });
            let arguments = quoted(&self.arguments(generation));
            format!("{plugin}    exec \"$dnf\" {arguments}\n")
        };
        let version = match self.words.iter().any(|word| word.contains("%OS_VERSION%")) {
            true => ". /etc/os-release\n",
            false => "",
        };
        with_either(
            version,
            &branch(Generation::Five),
            &branch(Generation::Four),
        )
    }
}

/// Lines of shell that do one thing with dnf5 and another with dnf4, which is in `$dnf`.
pub(super) fn with_either(before: &str, five: &str, four: &str) -> String {
    format!(
        "{before}if dnf=$(command -v dnf5); then\n{five}\
         elif dnf=$(command -v dnf4 || command -v dnf); then\n{four}\
         else\n    echo 'neither dnf5 nor dnf is in this image' >&2\n    exit 127\nfi\n"
    )
}
