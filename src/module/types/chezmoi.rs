//! `type: chezmoi`: units that keep users' dotfiles equal to a repository.

use crate::module::package::unit::enable;
use crate::module::bluebuild::user::{Chezmoi, ConflictPolicy};
use crate::module::package::{Plan, plain, sh};
use crate::origin::{Diagnostic, Sourced};

/// Where units of users' own instances live.
const UNITS: &str = "/usr/lib/systemd/user";

/// Says that chezmoi is not there.
const CHECK: &str = r#"[ -x /usr/bin/chezmoi ] || {
    echo 'chezmoi is not in this image: install its package, or copy the program to /usr/bin/chezmoi, in an entry before' >&2
    exit 1
}"#;

pub(crate) fn compile(config: &Chezmoi, plan: &mut Plan<'_>) {
    let origin = plan.around.origin;
    plan.warnings.push(
        Diagnostic::warning(
            origin,
            "chezmoi itself is not fetched: its newest release is no fixed version",
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
            let message = format!("`{span}` is no span of time");
            plan.wrong.push(
                Diagnostic::error(origin, message)
                    .hint("write 1d, 5m …, as systemd.time(7) has it"),
            );
        }
    }
}
