//! The meaning of plain scalars, by the core schema of YAML 1.2 (§10.3.2).

/// The meaning of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text,
}

/// Reads a plain scalar; `yes`, `no`, `on` and `off` are text.
pub(super) fn read(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        _ => {}
    }
    integer(text)
        .map(Plain::Integer)
        .or_else(|| float(text).map(Plain::Float))
        .unwrap_or(Plain::Text)
}

fn integer(text: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

fn unsigned(digits: &str, radix: u32) -> Option<i128> {
    let no_sign = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    no_sign.then(|| i128::from_str_radix(digits, radix).ok())?
}

fn float(text: &str) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(if negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    let allowed = |byte: u8| byte.is_ascii_digit() || b".eE+-".contains(&byte);
    let starts = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let counts = digits.bytes().any(|byte| byte.is_ascii_digit());
    if starts && counts && digits.bytes().all(allowed) {
        text.parse().ok()
    } else {
        None
    }
}
