//! The time zone, language and keyboard of a host, and what it does at its first start.

use crate::kickstart::text_rule;
use crate::origin::{Diagnostic, Sourced};

/// The time zone, language and keyboard of a host, each as the image says when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// The time zone.
    pub time_zone: Option<String>,
    /// The locale.
    pub locale: Option<String>,
    /// The layout of the keyboard.
    pub keyboard: Option<String>,
}

/// The same as it is written.
pub(super) struct Stated<'a> {
    pub time_zone: Option<&'a Sourced<String>>,
    pub locale: Option<&'a Sourced<String>>,
    pub keyboard: Option<&'a Sourced<String>>,
}

/// Checks the time zone, the language and the keyboard.
pub(super) fn region(stated: &Stated<'_>, problems: &mut Vec<Diagnostic>) -> Region {
    text_rule::TIME_ZONE.check_all(stated.time_zone, problems);
    text_rule::LOCALE.check_all(stated.locale, problems);
    text_rule::KEYBOARD.check_all(stated.keyboard, problems);
    let value = |one: Option<&Sourced<String>>| one.map(|one| one.value.clone());
    Region {
        time_zone: value(stated.time_zone),
        locale: value(stated.locale),
        keyboard: value(stated.keyboard),
    }
}

/// The files that are made of them, each with its key.
pub(super) fn made(region: &Region) -> Vec<(&'static str, &'static str)> {
    let keys: [(bool, &str, &[&str]); 3] = [
        (
            region.time_zone.is_some(),
            "time-zone",
            &["/etc/localtime", "/etc/timezone"],
        ),
        (
            region.locale.is_some(),
            "locale",
            &["/etc/locale.conf", "/etc/default/locale"],
        ),
        (
            region.keyboard.is_some(),
            "keyboard",
            &["/etc/vconsole.conf", "/etc/default/keyboard"],
        ),
    ];
    let stated = keys.into_iter().filter(|(is_stated, ..)| *is_stated);
    let files = stated.flat_map(|(_, key, paths)| paths.iter().map(move |path| (*path, key)));
    files.collect()
}

/// Checks the commands of the first start.
pub(super) fn commands(written: &[Sourced<String>], problems: &mut Vec<Diagnostic>) -> Vec<String> {
    for command in written {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        if command.trim().is_empty() || command.contains(is_odd) {
            let what = "a command of the first start is empty, or has a control character";
            let hint = "write what `bash -c` takes; lines end with \\n";
            problems.push(Diagnostic::error(&command.origin, what).hint(hint));
        }
    }
    written
        .iter()
        .map(|command| command.value.clone())
        .collect()
}
