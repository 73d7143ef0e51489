//! Permission bits and owners as documents write them.

use super::scalar::Scalar;
use crate::action::Owner;
use crate::origin::{Diagnostic, Sourced};

/// Reads permission bits as octal text: a zero, then three or four octal digits.
pub fn parse_mode(mode: &Sourced<Scalar>) -> Result<u32, Diagnostic> {
    let error = |shown: &str, hint: String| {
        Diagnostic::error(
            &mode.origin,
            format!("the mode {shown} is not octal text such as \"0644\""),
        )
        .hint(hint)
    };
    let text = match &mode.value {
        Scalar::Text(text) | Scalar::Written(text) => text,
        Scalar::Integer(number) => {
            let octal = number.to_string();
            let hint = if octal.len() <= 4
                && octal
                    .bytes()
                    .all(|digit| digit.is_ascii_digit() && digit < b'8')
            {
                format!("write it in quotes, with a zero in front: mode: \"0{octal}\"")
            } else {
                "write it in quotes, with a zero in front: mode: \"0644\"".to_owned()
            };
            return Err(error(&octal, hint));
        }
        _ => return Err(error("given", "write mode: \"0644\"".to_owned())),
    };
    let digits = text.strip_prefix('0').unwrap_or_default();
    let octal = |digits: &str| {
        (3..=4).contains(&digits.len()) && digits.bytes().all(|digit| (b'0'..b'8').contains(&digit))
    };
    if octal(digits) && matches!(mode.value, Scalar::Text(_)) {
        return u32::from_str_radix(digits, 8)
            .map_err(|_| error(text, "write mode: \"0644\"".to_owned()));
    }
    let bare = text.trim_start_matches("0o").trim_start_matches('0');
    let hint = if octal(bare) {
        format!("write mode: \"0{bare}\"")
    } else {
        "write mode: \"0644\"".to_owned()
    };
    Err(error(text, hint))
}

/// Reads `user`, `user:group` or numbers.
pub fn parse_owner(owner: &Sourced<String>) -> Result<Owner, Diagnostic> {
    Owner::parse(owner).ok_or_else(|| {
        Diagnostic::error(&owner.origin, format!("`{owner}` is not an owner"))
            .hint("write user, user:group or numbers, for example root:adm")
    })
}
