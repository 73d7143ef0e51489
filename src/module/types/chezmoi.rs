//! `type: chezmoi`: units that keep users' dotfiles equal to a repository.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::module::module_type::{BOTH, Configuration, Form, ModuleType};
use crate::module::package::{Plan, enable, plain, sh};
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};

/// The row of the table.
pub(super) static TYPE: ModuleType = ModuleType {
    name: "chezmoi",
    does: "Ships user units that keep dotfiles equal to a git repository.",
    example: "type: chezmoi\nrepository: https://git.example.org/dotfiles.git\nfile-conflict-policy: replace\n",
    forms: &[Form::of::<Chezmoi>(BOTH)],
};

/// Where units of users' own instances live.
const UNITS: &str = "/usr/lib/systemd/user";

/// Says that chezmoi is not there.
const CHECK: &str = r#"[ -x /usr/bin/chezmoi ] || {
    echo 'chezmoi is not in this image: install its package, or copy the program to /usr/bin/chezmoi, in an entry before' >&2
    exit 1
}"#;

/// Installs chezmoi with services that keep the users' dotfiles equal to a repository.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping with `repository`"
)]
pub(in crate::module) struct Chezmoi {
    /// The git repository of the dotfiles.
    pub repository: String,
    /// Its branch; the default branch when empty.
    #[serde(default)]
    pub branch: String,
    /// Whether the services are enabled for all users.
    #[serde(default = "all_users")]
    pub all_users: bool,
    /// Time between two updates, as systemd writes it.
    #[serde(default = "run_every")]
    pub run_every: String,
    /// Time from boot to the first update.
    #[serde(default = "wait_after_boot")]
    pub wait_after_boot: String,
    /// Whether the service that fetches the repository for the first time is left out.
    #[serde(default)]
    pub disable_init: bool,
    /// Whether the timer is left out.
    #[serde(default)]
    pub disable_update: bool,
    /// What happens to a file that the user changed.
    #[serde(default)]
    pub file_conflict_policy: ConflictPolicy,
}

/// What happens to a file that the user changed.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(in crate::module) enum ConflictPolicy {
    /// It stays.
    #[default]
    Skip,
    /// The repository's takes its place.
    Replace,
}

fn all_users() -> bool {
    true
}

fn run_every() -> String {
    "1d".into()
}

fn wait_after_boot() -> String {
    "5m".into()
}

impl Configuration for Chezmoi {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        Plan::compiled(around, "", |plan| compile(self, plan))
    }
}

fn compile(config: &Chezmoi, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    plan.warnings.push(
        Diagnostic::warning(
            origin,
            "chezmoi itself is not fetched: its newest release is not a fixed version",
        )
        .hint("install its package, or copy the program to /usr/bin/chezmoi, in an entry before"),
    );
    check(config, plan);
    let escaped = |text: &str| text.replace('%', "%%").replace('$', "$$");
    let mut units = Vec::new();
    if !config.disable_init {
        let branch = match config.branch.as_str() {
            "" => String::new(),
            branch => format!(" --branch {}", escaped(branch)),
        };
        let text = format!(
            "[Unit]\nDescription=Fetch the dotfiles\nConditionPathExists=!%h/.local/share/chezmoi/.git/\n\n\
             [Service]\nType=oneshot\nExecStart=/usr/bin/chezmoi init --apply{branch} {}\n\n\
             [Install]\nWantedBy=default.target\n",
            escaped(&config.repository)
        );
        plan.write(&format!("{UNITS}/chezmoi-init.service"), text, origin);
        units.push("user/chezmoi-init.service");
    }
    if !config.disable_update {
        let policy = match config.file_conflict_policy {
            ConflictPolicy::Skip => "--no-tty --keep-going",
            ConflictPolicy::Replace => "--no-tty --force",
        };
        let service = format!(
            "[Unit]\nDescription=Update the dotfiles\n\n[Service]\nType=oneshot\n\
             ExecStart=/usr/bin/chezmoi update {policy}\n"
        );
        let timer = format!(
            "[Unit]\nDescription=Update the dotfiles again and again\n\
             ConditionPathExists=%h/.local/share/chezmoi\n\n[Timer]\nOnBootSec={}\n\
             OnUnitInactiveSec={}\n\n[Install]\nWantedBy=timers.target\n",
            config.wait_after_boot, config.run_every
        );
        plan.write(&format!("{UNITS}/chezmoi-update.service"), service, origin);
        plan.write(&format!("{UNITS}/chezmoi-update.timer"), timer, origin);
        units.push("user/chezmoi-update.timer");
    }
    plan.actions.push(sh("look for chezmoi", CHECK, &[]));
    if config.all_users {
        enable(&units, plan);
    }
}

/// Checks what is written into units.
fn check(config: &Chezmoi, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    for text in [&config.repository, &config.branch] {
        let word = Sourced::new(text.replace('%', "%%"), origin.clone());
        if !text.is_empty() {
            let checked = plain(&word);
            plan.keep(checked);
        }
    }
    for span in [&config.run_every, &config.wait_after_boot] {
        if span.contains(char::is_control) || span.trim().is_empty() {
            let message = format!("`{span}` is not a time span");
            plan.wrong.push(
                Diagnostic::error(origin, message)
                    .hint("write 1d, 5m …, as systemd.time(7) has it"),
            );
        }
    }
}
