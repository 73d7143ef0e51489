//! The programs whose configuration files are read as they themselves do, and what values mean to
//! them.

use super::shadow;

/// The program that reads a configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setting) enum Program {
    /// sshd: the first value counts, `Include` lines stand for files (sshd_config(5)).
    Sshd,
    /// ssh (ssh_config(5)).
    Ssh,
    /// A part of systemd: drop-ins count after the file (systemd.syntax(7)).
    Systemd,
    /// pam_faillock: arguments in the stacks of PAM count before the file (faillock.conf(5)).
    Faillock,
    /// pam_pwquality: arguments too, and the file counts before its drop-ins (pwquality.conf(5)).
    Quality,
    /// The programs of shadow (login.defs(5)).
    LoginDefs,
    /// useradd (useradd(8)).
    Useradd,
    /// Another one: the file stands alone, and the last value counts.
    Other,
}

/// Keys of sshd that are spans of time.
const TIMES: [&str; 2] = ["logingracetime", "clientaliveinterval"];

/// Keys of sshd whose words are names and not yes or no.
const NAMES: [&str; 8] = [
    "allowgroups",
    "allowusers",
    "authorizedkeysfile",
    "banner",
    "chrootdirectory",
    "denygroups",
    "denyusers",
    "forcecommand",
];

impl Program {
    /// The program of a file.
    pub(in crate::setting) fn of(path: &str) -> Self {
        match path {
            "/etc/ssh/sshd_config" => Self::Sshd,
            "/etc/ssh/ssh_config" => Self::Ssh,
            "/etc/security/faillock.conf" => Self::Faillock,
            "/etc/security/pwquality.conf" => Self::Quality,
            "/etc/login.defs" => Self::LoginDefs,
            "/etc/default/useradd" => Self::Useradd,
            _ if path.starts_with("/etc/systemd/")
                && !path.starts_with("/etc/systemd/system/")
                && !path.starts_with("/etc/systemd/network/") =>
            {
                Self::Systemd
            }
            _ => Self::Other,
        }
    }

    /// What the text of a value means to the program, in one spelling.
    pub(in crate::setting) fn meaning(self, key: &str, text: &str) -> String {
        let text = text.trim();
        let same = || text.to_owned();
        match self {
            Self::Sshd | Self::Ssh => ssh_meaning(key, text),
            Self::Systemd => match text.to_ascii_lowercase().as_str() {
                "yes" | "true" | "on" | "1" | "y" | "t" => "yes".to_owned(),
                "no" | "false" | "off" | "0" | "n" | "f" => "no".to_owned(),
                _ => same(),
            },
            Self::Faillock if ["unlock_time", "root_unlock_time"].contains(&key) => match text {
                "never" => "0".to_owned(),
                _ => leading_number(text).unwrap_or_else(same),
            },
            Self::Faillock => leading_number(text).unwrap_or_else(same),
            Self::LoginDefs if key == "UMASK" => {
                shadow::number(text).map_or_else(same, |bits| format!("{bits:03o}"))
            }
            Self::LoginDefs | Self::Useradd => {
                shadow::number(text).map_or_else(same, |number| number.to_string())
            }
            Self::Quality | Self::Other => same(),
        }
    }

    /// Tells whether a key that is there at all is set, whatever stands behind it.
    pub(in crate::setting) fn has_flags(self) -> bool {
        matches!(self, Self::Faillock | Self::Quality)
    }
}

fn ssh_meaning(key: &str, text: &str) -> String {
    let key = key.to_ascii_lowercase();
    if TIMES.contains(&key.as_str()) {
        return seconds(text).map_or_else(|| text.to_owned(), |seconds| seconds.to_string());
    }
    if NAMES.contains(&key.as_str()) {
        return text.to_owned();
    }
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => "yes".to_owned(),
        "no" | "false" => "no".to_owned(),
        "without-password" => "prohibit-password".to_owned(),
        lower if key == "loglevel" => lower.to_ascii_uppercase(),
        _ => text.to_owned(),
    }
}

/// Seconds of a span such as `1m30s` (sshd_config(5), TIME FORMATS).
fn seconds(text: &str) -> Option<i64> {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|digit: char| !digit.is_ascii_digit());
        let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
        let mut units = after.chars();
        let unit = match units.next().map(|unit| unit.to_ascii_lowercase()) {
            None | Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            Some('d') => 86400,
            Some('w') => 604_800,
            Some(_) => return None,
        };
        let span = digits.parse::<i64>().ok()?.checked_mul(unit)?;
        total = total.checked_add(span)?;
        rest = units.as_str();
    }
    (!text.is_empty()).then_some(total)
}

/// The number that a text begins with, which is all that scanf(3) looks at.
fn leading_number(text: &str) -> Option<String> {
    let end = text.find(|digit: char| !digit.is_ascii_digit());
    let (digits, _) = text.split_at(end.unwrap_or(text.len()));
    Some(digits.parse::<u64>().ok()?.to_string())
}
