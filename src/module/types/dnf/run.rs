//! Commands of dnf: what they see of the world.

use super::command::Call;
use crate::action::{Action, Command, Input};
use crate::module::package::{Plan, cached, inputs_mount, many};

/// Where both generations keep metadata and packages; each tells repositories of one name apart.
const CACHES: [(&str, &str); 2] = [("libdnf5", "/var/cache/libdnf5"), ("dnf", "/var/cache/dnf")];

/// Adds a call.
pub(super) fn call(plan: &mut Plan<'_>, call: &Call, files: &[Input]) {
    script(plan, &call.label(), &call.script(), files);
}

/// Adds lines of shell that call dnf.
pub(super) fn script(plan: &mut Plan<'_>, label: &str, script: &str, files: &[Input]) {
    let arguments = many(&["/bin/sh", "-euc", script]);
    let mut command: Command = cached(label, arguments, &CACHES);
    command.mounts.extend(inputs_mount(files));
    plan.actions.push(Action::Run(Box::new(command)));
}
