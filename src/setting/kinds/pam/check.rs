//! Whether the stacks of a finished root do what the settings of PAM say.

use serde_json::Value;

use super::declare::UnixHash;
use crate::path::TreePath;
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::kind::Kind;
use crate::setting::contract::refusal::examined;
use crate::setting::input::place::constant;
use crate::setting::root::pam_line::Line;
use crate::tree::Snapshot;

/// The stacks that distributions keep for all services, by what is asked of them.
const AUTH: [&str; 3] = ["common-auth", "system-auth", "password-auth"];
const ACCOUNT: [&str; 3] = ["common-account", "system-auth", "password-auth"];
const PASSWORD: [&str; 3] = ["common-password", "system-auth", "password-auth"];

/// Looks at the lines of the stacks.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    match name {
        "faillock" => faillock(examined(Kind::PAM, name, value)?, root),
        "nullok" => nullok(examined(Kind::PAM, name, value)?, root),
        "wheel" => {
            let group: String = examined(Kind::PAM, name, value)?;
            wheel(&group, root)
        }
        "pwquality" => {
            let wanted: bool = examined(Kind::PAM, name, value)?;
            module(root, "pam_pwquality.so", wanted, |_, _| None)
        }
        "pwhistory" => {
            let number: u32 = examined(Kind::PAM, name, value)?;
            module(root, "pam_pwhistory.so", number > 0, |line, is_first| {
                forgets(line, is_first, number)
            })
        }
        _ => {
            let hash: UnixHash = examined(Kind::PAM, name, value)?;
            unix_hash(root, hash)
        }
    }
}

/// All stacks.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    vec![Reads::below("/etc/pam.d"), Reads::below("/usr/lib/pam.d")]
}

/// The text of a stack, whether the administrator's or the vendor's.
fn stack(root: &Snapshot, name: &str) -> Result<Option<(TreePath, String)>, Unexamined> {
    for folder in ["/etc/pam.d", "/usr/lib/pam.d"] {
        let path = constant(&format!("{folder}/{name}"));
        if let Some(text) = root.text(&path)? {
            return Ok(Some((path, text.into_owned())));
        }
    }
    Ok(None)
}

fn stacks(root: &Snapshot, names: &[&str]) -> Result<Vec<(TreePath, String)>, Unexamined> {
    let found: Result<Vec<_>, _> = names.iter().map(|name| stack(root, name)).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The lines of one facility, each with its index.
fn lines<'a>(text: &'a str, facility: &'a str) -> impl Iterator<Item = (usize, Line<'a>)> {
    let lines = text.lines().enumerate();
    lines.filter_map(move |(index, line)| {
        let line = Line::parse(line).filter(|line| line.facility == facility)?;
        Some((index, line))
    })
}

fn no_stacks() -> Checked {
    Checked::not_applicable("the root has no stacks of PAM")
}

fn faillock(wanted: bool, root: &Snapshot) -> Result<Checked, Unexamined> {
    let auth = stacks(root, &AUTH)?;
    let account = stacks(root, &ACCOUNT)?;
    if auth.is_empty() {
        return Ok(no_stacks());
    }
    for (path, text) in &auth {
        let own = lines(text, "auth").collect::<Vec<_>>();
        let with = |option: &'static str| {
            let mut found = own
                .iter()
                .filter(move |(_, line)| line.module == "pam_faillock.so" && line.has(option));
            found.next()
        };
        let unix = own.iter().find(|(_, line)| line.module == "pam_unix.so");
        let (first, last) = (with("preauth"), with("authfail"));
        let place = |found: Option<&(usize, Line<'_>)>| {
            Some(found.map_or(Place::file(path), |(index, _)| Place::line(path, *index)))
        };
        if !wanted {
            if let Some(found) = first.or(last) {
                return Ok(Checked::unmet(
                    "failed logins are counted",
                    place(Some(found)),
                ));
            }
            continue;
        }
        let (Some(first), Some(unix), Some(last)) = (first, unix, last) else {
            let missing = match (first, last) {
                (None, _) => "no line of pam_faillock.so with preauth",
                (_, None) => "no line of pam_faillock.so with authfail",
                _ => "no line of pam_unix.so",
            };
            return Ok(Checked::unmet(missing, place(None)));
        };
        let around = first.0 < unix.0 && unix.0 < last.0;
        if !around || !first.1.is_needed() {
            let found = "the lines of pam_faillock.so do not stand around that of pam_unix.so";
            return Ok(Checked::unmet(found, place(Some(first))));
        }
    }
    for (path, text) in account.iter().filter(|_| wanted) {
        let counted = lines(text, "account")
            .any(|(_, line)| line.module == "pam_faillock.so" && line.is_needed());
        if !counted {
            let found = "no account line of pam_faillock.so: the count is never set back";
            return Ok(Checked::unmet(found, Some(Place::file(path))));
        }
    }
    let found = match wanted {
        true => "failed logins are counted",
        false => "failed logins are not counted",
    };
    Ok(Checked::met(
        found,
        auth.first().map(|(path, _)| Place::file(path)),
    ))
}

/// The stacks that all services take in. A service that brings lines of its own, such as the one
/// by which sssd proxies shadow files, asks nobody who logs in; the benchmark looks at these, too.
const ALL: [&str; 7] = [
    "common-auth",
    "common-account",
    "common-password",
    "common-session",
    "common-session-noninteractive",
    "system-auth",
    "password-auth",
];

/// Services at which people log in or become somebody else.
const LOGINS: [&str; 6] = ["login", "sshd", "su", "su-l", "sudo", "sudo-i"];

fn nullok(allowed: bool, root: &Snapshot) -> Result<Checked, Unexamined> {
    let mut files = stacks(root, &ALL)?;
    files.extend(stacks(root, &LOGINS)?);
    if files.is_empty() {
        return Ok(no_stacks());
    }
    for (path, text) in files {
        for (index, line) in text.lines().enumerate() {
            if Line::parse(line).is_some_and(|line| line.has("nullok") || line.has("nullok_secure"))
            {
                return Ok(Checked::when(
                    allowed,
                    "empty passwords are accepted",
                    Some(Place::line(&path, index)),
                ));
            }
        }
    }
    Ok(Checked::when(!allowed, "empty passwords are refused", None))
}

fn wheel(group: &str, root: &Snapshot) -> Result<Checked, Unexamined> {
    let Some((path, text)) = stack(root, "su")? else {
        return Ok(Checked::not_applicable("the root has no su"));
    };
    for (index, line) in lines(&text, "auth") {
        if line.module != "pam_wheel.so" || line.has("trust") || line.has("deny") {
            continue;
        }
        let of = line.value("group").unwrap_or("wheel");
        let met = line.is_needed() && line.has("use_uid") && of == group;
        let found = format!("{} members of {of} may use su", line.control);
        return Ok(Checked::when(met, found, Some(Place::line(&path, index))));
    }
    Ok(Checked::unmet(
        "everybody may use su",
        Some(Place::file(&path)),
    ))
}

/// Looks for a module in the stacks of new passwords; `fault` says what is wrong with its line.
fn module(
    root: &Snapshot,
    module: &str,
    wanted: bool,
    fault: impl Fn(&Line<'_>, bool) -> Option<String>,
) -> Result<Checked, Unexamined> {
    let stacks = stacks(root, &PASSWORD)?;
    if stacks.is_empty() {
        return Ok(no_stacks());
    }
    let mut place = None;
    for (path, text) in &stacks {
        let mut own = lines(text, "password").enumerate();
        let found = own.find(|(_, (_, line))| line.module == module);
        let fault = match &found {
            None if wanted => Some(format!("no line of {module}")),
            Some(_) if !wanted => Some(format!("there is a line of {module}")),
            Some((_, (_, line))) if !line.is_needed() => {
                Some(format!("the line of {module} is only {}", line.control))
            }
            Some((position, (_, line))) => fault(line, *position == 0),
            None => None,
        };
        place = found.map(|(_, (index, _))| Place::line(path, index));
        if let Some(fault) = fault {
            let place = place.unwrap_or(Place::file(path));
            return Ok(Checked::unmet(fault, Some(place)));
        }
    }
    let found = match wanted {
        true => format!("every stack of passwords has {module}"),
        false => format!("no stack of passwords has {module}"),
    };
    Ok(Checked::met(found, place))
}

/// Why a line of pam_pwhistory does not refuse old passwords.
fn forgets(line: &Line<'_>, is_first: bool, number: u32) -> Option<String> {
    let remembered = line.value("remember").map_or(Ok(10), str::parse::<u32>);
    let remembered = remembered.unwrap_or_default();
    if remembered < number {
        return Some(format!("{remembered} passwords are remembered"));
    }
    if !line.has("enforce_for_root") {
        return Some("root may use old passwords".to_owned());
    }
    let alone = !is_first && !line.has("use_authtok");
    alone.then(|| "it asks for another password (no use_authtok)".to_owned())
}

fn unix_hash(root: &Snapshot, hash: UnixHash) -> Result<Checked, Unexamined> {
    let stacks = stacks(root, &PASSWORD)?;
    if stacks.is_empty() {
        return Ok(no_stacks());
    }
    let mut met = None;
    for (path, text) in &stacks {
        for (index, line) in lines(text, "password") {
            if line.module != "pam_unix.so" {
                continue;
            }
            let place = Some(Place::line(path, index));
            if !line.has(hash.option()) {
                let found = format!("pam_unix.so has not the option {}", hash.option());
                return Ok(Checked::unmet(found, place));
            }
            met = place;
        }
    }
    let found = match met {
        Some(_) => format!("passwords are hashed by {}", hash.option()),
        None => "no line of pam_unix.so".to_owned(),
    };
    Ok(Checked::when(met.is_some(), found, met))
}
