//! Files that one host has below /etc.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::Secret;
use crate::origin::{Diagnostic, Sourced};
use crate::setting::{Scalar, parse_mode};

/// Where files may be.
const BELOW: &str = "/etc/";
/// Files that something else of a document makes, and what.
const MADE: [(&str, &str); 9] = [
    ("/etc/passwd", "write `users`"),
    ("/etc/group", "write `users`"),
    ("/etc/shadow", "write `users`"),
    ("/etc/gshadow", "write `users`"),
    ("/etc/hostname", "write `hostname`"),
    (
        "/etc/ostree/auth.json",
        "write `registry` with `keep-credentials`",
    ),
    ("/etc/terroir/report.conf", "write `report`"),
    (
        "/etc/systemd/system/terroir-first-boot.service",
        "write `first-boot`",
    ),
    ("/etc/fstab", "it is made of the partitions of the disk"),
];
/// Where the commands of the first start are.
const FIRST_BOOT: &str = "/etc/terroir/first-boot";
/// The mode of a file of which nothing else is said, and that of one whose content is a secret.
const MODE: u32 = 0o644;
const SECRET_MODE: u32 = 0o600;

/// A file, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenFile {
    /// Its path below /etc; it takes the place of the image's.
    path: Sourced<String>,
    /// What it holds.
    content: Secret,
    /// Its mode, such as `"0600"`; absent `"0644"`, or `"0600"` where the content is a secret.
    mode: Option<Sourced<Scalar>>,
}

/// A file of the host, which belongs to root.
#[derive(Clone, Debug)]
pub struct HostFile {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub content: Secret,
    /// Its mode.
    pub mode: u32,
}

/// Checks files; `made` are those that other keys of the document make, each with its key.
pub(super) fn files(
    written: Vec<WrittenFile>,
    made: &[(&str, &str)],
    problems: &mut Vec<Diagnostic>,
) -> Vec<HostFile> {
    for (at, file) in written.iter().enumerate() {
        let mut before = written.iter().take(at);
        if let Some(first) = before.find(|one| one.path.value == file.path.value) {
            let what = format!("the file {} is there twice", file.path);
            let error = Diagnostic::error(&file.path.origin, what);
            problems.push(error.and(&first.path.origin, "first here"));
        }
        check_path(&file.path, made, problems);
        file.content.check(problems);
    }
    let mut mode =
        |written: Option<Sourced<Scalar>>, content: &Secret| match written.as_ref().map(parse_mode)
        {
            None if content.text().is_none() => SECRET_MODE,
            None => MODE,
            Some(Ok(mode)) => mode,
            Some(Err(problem)) => {
                problems.push(problem);
                MODE
            }
        };
    let files = written.into_iter().map(|file| HostFile {
        path: file.path.value,
        mode: mode(file.mode, &file.content),
        content: file.content,
    });
    files.collect()
}

fn check_path(path: &Sourced<String>, made: &[(&str, &str)], problems: &mut Vec<Diagnostic>) {
    if let Some((_, key)) = made.iter().find(|(one, _)| *one == path.value) {
        let what = format!("{path} is made of `{key}`, which this document has");
        problems.push(Diagnostic::error(&path.origin, what).hint("remove one of the two"));
        return;
    }
    let of_commands = path.strip_prefix(FIRST_BOOT);
    if of_commands.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        let what = format!("{path} is where the commands of the first start are");
        problems.push(Diagnostic::error(&path.origin, what).hint("write `first-boot`"));
        return;
    }
    if let Some((_, how)) = MADE.iter().find(|(made, _)| *made == path.value) {
        let what = format!("{path} is made by the installer");
        problems.push(Diagnostic::error(&path.origin, what).hint(*how));
        return;
    }
    let below = path.strip_prefix(BELOW);
    let is_name = |name: &str| !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    if !below.is_some_and(|below| below.split('/').all(is_name)) {
        let what = format!("`{}` is no file below /etc", path.value.escape_debug());
        let hint = "what is elsewhere belongs to the image: name a path such as /etc/motd";
        problems.push(Diagnostic::error(&path.origin, what).hint(hint));
    }
}
