//! The names of packages, as each family allows them.

use crate::origin::{Diagnostic, Sourced};

/// Checks a package of apt: a name of Debian policy 5.6.1, with `:arch`, `=version` or `/release`.
pub(in crate::module) fn debian(package: &Sourced<String>) -> Result<(), Diagnostic> {
    let wrong = |what: String, hint: &str| Err(Diagnostic::error(&package.origin, what).hint(hint));
    let text = package.as_str();
    let end = text.find([':', '=', '/']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.ends_with('-') || (name.ends_with('+') && !name.ends_with("++")) {
        let last = if name.ends_with('-') { '-' } else { '+' };
        return wrong(
            format!("`{text}` ends with `{last}`, which tells apt to do something else with it"),
            "packages that go stand under `remove`, those that come under `install`",
        );
    }
    if let Some(task) = name.strip_suffix('^') {
        return wrong(
            format!("`{text}` is a task"),
            &format!("install the package task-{task}, or the packages of the task by name"),
        );
    }
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let valid = name.len() >= 2
        && name.bytes().next().is_some_and(lower)
        && name
            .bytes()
            .all(|byte| lower(byte) || b"+-.".contains(&byte));
    if !valid {
        return wrong(
            format!("`{text}` is not the name of a Debian package"),
            "a name has two or more of a-z, 0-9, `+`, `-` and `.`, and begins with a letter or digit",
        );
    }
    qualified(rest).or_else(|what| {
        wrong(
            format!("`{text}` {what}"),
            "write NAME, NAME:ARCHITECTURE, NAME=VERSION or NAME/RELEASE",
        )
    })
}

/// Checks what follows a name: `:arch`, then `=version` or `/release`.
fn qualified(rest: &str) -> Result<(), &'static str> {
    let (architecture, rest) = match rest.strip_prefix(':') {
        Some(after) => {
            let end = after.find(['=', '/']).unwrap_or(after.len());
            let (architecture, rest) = after.split_at(end);
            (Some(architecture), rest)
        }
        None => (None, rest),
    };
    let word = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    if architecture.is_some_and(|architecture| !word(architecture, b"-")) {
        return Err("names no architecture after `:`");
    }
    match rest.as_bytes().first() {
        Some(b'=') if !word(rest.trim_start_matches('='), b".+-~:") => {
            Err("names no version after `=`")
        }
        Some(b'/') if !word(rest.trim_start_matches('/'), b".+-~_") => {
            Err("names no release after `/`")
        }
        _ => Ok(()),
    }
}

/// Checks what is given to dnf, zypper or rpm-ostree: a name, provide, group, pattern or address.
pub(in crate::module) fn rpm(package: &Sourced<String>) -> Result<(), Diagnostic> {
    plain(package)?;
    if package.starts_with(['!', '~', '+']) {
        return Err(first_character(package));
    }
    Ok(())
}

/// Checks what every package manager takes for a name and no option.
pub(in crate::module) fn plain(package: &Sourced<String>) -> Result<(), Diagnostic> {
    let text = package.as_str();
    let rich = text.starts_with('(') && text.ends_with(')');
    let spaced = !rich && text.contains(char::is_whitespace);
    if text.is_empty() || spaced || text.contains(char::is_control) {
        return Err(Diagnostic::error(
            &package.origin,
            format!("`{text}` is not the name of a package"),
        )
        .hint("every package is an item of its own, without white space"));
    }
    if text.starts_with('-') {
        return Err(first_character(package));
    }
    Ok(())
}

fn first_character(package: &Sourced<String>) -> Diagnostic {
    let first = package.chars().next().unwrap_or('-');
    Diagnostic::error(
        &package.origin,
        format!("`{package}` begins with `{first}`, which no name of a package does"),
    )
    .hint("packages that go stand under `remove`; an option has a key of its own")
}
