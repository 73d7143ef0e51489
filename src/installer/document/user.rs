//! Users of a host.

use schemars::JsonSchema;
use serde::Deserialize;

use super::hash::{HINT, check_hash};
use super::secret::Secret;
use crate::kickstart::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// The user that every image has.
const ROOT: &str = "root";

/// A user, as it is written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WrittenUser {
    /// The login name; a user that the image has is added to.
    name: Sourced<String>,
    /// The number; a free one from 1000 on when absent.
    uid: Option<Sourced<u32>>,
    /// The full name.
    full_name: Option<Sourced<String>>,
    /// The login shell; /bin/bash for a new user when absent.
    shell: Option<Sourced<String>>,
    /// Groups of the image that the user joins.
    #[serde(default)]
    groups: Vec<Sourced<String>>,
    /// Public SSH keys, lines of authorized_keys.
    #[serde(default)]
    ssh_keys: Vec<Sourced<String>>,
    /// The hash of the password (crypt(5)); without it a new user has no password.
    password_hash: Option<Secret>,
    /// Whether no password opens the account, also none that the image has for it.
    locked: Option<Sourced<bool>>,
}

/// A user of the host.
#[derive(Clone, Debug)]
pub struct User {
    /// The login name.
    pub name: String,
    /// The number, if it is stated.
    pub uid: Option<u32>,
    /// The full name.
    pub full_name: Option<String>,
    /// The login shell.
    pub shell: Option<String>,
    /// Groups that the user joins.
    pub groups: Vec<String>,
    /// Lines of authorized_keys.
    pub keys: Vec<String>,
    /// The hash of the password.
    pub password: Option<Secret>,
    /// Whether no password opens the account.
    pub locked: bool,
}

/// Checks users.
pub(super) fn users(written: Vec<WrittenUser>, problems: &mut Vec<Diagnostic>) -> Vec<User> {
    for (at, user) in written.iter().enumerate() {
        let mut before = written.iter().take(at);
        if let Some(first) = before.find(|one| one.name.value == user.name.value) {
            let what = format!("the user {} is there twice", user.name);
            let error = Diagnostic::error(&user.name.origin, what);
            problems.push(error.and(&first.name.origin, "first here"));
        }
        check(user, problems);
    }
    let value = |written: Option<Sourced<String>>| written.map(|written| written.value);
    let values = |written: Vec<Sourced<String>>| {
        let values = written.into_iter().map(|written| written.value);
        values.collect::<Vec<_>>()
    };
    let users = written.into_iter().map(|user| User {
        name: user.name.value,
        uid: user.uid.map(|uid| uid.value),
        full_name: value(user.full_name),
        shell: value(user.shell),
        groups: values(user.groups),
        keys: values(user.ssh_keys),
        password: user.password_hash,
        locked: user.locked.is_some_and(|locked| locked.value),
    });
    users.collect()
}

fn check(user: &WrittenUser, problems: &mut Vec<Diagnostic>) {
    text_rule::USER.check(&user.name, problems);
    text_rule::USER.check_all(&user.groups, problems);
    text_rule::LINE.check_all(&user.full_name, problems);
    text_rule::SHELL.check_all(&user.shell, problems);
    text_rule::SSH_KEY.check_all(&user.ssh_keys, problems);
    // Two numbers mean nobody to the kernel (chown(2)), root's is root's.
    if let Some(uid) = &user.uid
        && [0, 65_535, u32::MAX].contains(&uid.value)
    {
        let what = format!("{uid} is not the number of a user");
        let hint = "leave `uid` out, or write a number from 1000 on";
        problems.push(Diagnostic::error(&uid.origin, what).hint(hint));
    }
    if let Some(password) = &user.password_hash {
        password.check(problems);
        if let Some(Err(why)) = password.text().map(check_hash) {
            let what = format!("the password of {} {why}", user.name);
            problems.push(Diagnostic::error(&password.origin, what).hint(HINT));
        }
    }
    let locked = user.locked.as_ref();
    if let Some(locked) = locked.filter(|locked| locked.value && user.password_hash.is_some()) {
        let what = format!("{} is locked and has a password", user.name);
        let hint = "remove `locked` or `password-hash`";
        problems.push(Diagnostic::error(&locked.origin, what).hint(hint));
    }
    let is_changed = user.password_hash.is_some()
        || locked.is_some_and(|locked| locked.value)
        || !user.ssh_keys.is_empty()
        || !user.groups.is_empty()
        || user.full_name.is_some()
        || user.shell.is_some();
    if user.name.value == ROOT && !is_changed {
        let what = "every image has the user root, and nothing is said of it";
        let hint = "write its `ssh-keys`, `password-hash` or `locked`";
        problems.push(Diagnostic::error(&user.name.origin, what).hint(hint));
    }
}
