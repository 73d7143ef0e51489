//! Hashes of passwords, in the forms that crypt(5) still calls strong.

/// Longest salt of SHA-256 and SHA-512, in characters.
const LONGEST_SALT: usize = 16;

/// What to do about a password that is none of them.
pub(super) const HINT: &str = "make a hash with `openssl passwd -6` or `mkpasswd`";

/// Refuses what is not the hash of a password; no message repeats it.
pub(in crate::installer) fn check_hash(text: &str) -> Result<(), &'static str> {
    match is_hash(text) {
        true => Ok(()),
        false => Err(
            "is not the hash of a password: yescrypt, bcrypt, scrypt, SHA-512 or SHA-256, as crypt(5) \
             has them",
        ),
    }
}

fn is_hash(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else {
        return false;
    };
    let fields: Vec<&str> = rest.split('$').collect();
    match fields.as_slice() {
        [kind @ ("5" | "6"), salt, hash] => is_sha(kind, salt, hash),
        [kind @ ("5" | "6"), rounds, salt, hash] => {
            let rounds = rounds.strip_prefix("rounds=");
            rounds.is_some_and(|rounds| rounds.parse::<u32>().is_ok()) && is_sha(kind, salt, hash)
        }
        ["y" | "gy", parameters, salt, hash] => {
            is_plain(parameters) && is_plain(salt) && is_plain(hash) && hash.len() == 43
        }
        ["7", salt, hash] => is_plain(salt) && is_plain(hash) && hash.len() == 43,
        ["2a" | "2b" | "2y", cost, hash] => {
            let is_cost = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
            is_cost && is_plain(hash) && hash.len() == 53
        }
        _ => false,
    }
}

fn is_sha(kind: &str, salt: &str, hash: &str) -> bool {
    let length = match kind {
        "5" => 43,
        _ => 86,
    };
    is_plain(salt) && salt.len() <= LONGEST_SALT && is_plain(hash) && hash.len() == length
}

/// Whether a field is there, and of the digits of crypt(5).
fn is_plain(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
    !text.is_empty() && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_told_from_passwords() {
        let (short, long) = ("a".repeat(43), "b".repeat(86));
        for hash in [
            format!("$6$salt${long}"),
            format!("$6$rounds=10000$salt${long}"),
            format!("$5$salt${short}"),
            format!("$y$j9T$salt${short}"),
            format!("$gy$j9T$salt${short}"),
            format!("$7$CU..../....salt${short}"),
            format!("$2b$12${}", "c".repeat(53)),
        ] {
            assert!(is_hash(&hash), "{hash}");
        }
        for other in [
            String::new(),
            "secret".to_owned(),
            "!".to_owned(),
            "$6$secret".to_owned(),
            "$1$salt$aaaaaaaaaaaaaaaaaaaaaa".to_owned(),
            "aaaaaaaaaaaaa".to_owned(),
            format!("$6$salt:x${long}"),
            "$6$$".to_owned(),
            format!("$6$salt${long}\n"),
            format!("$5$salt${long}"),
            format!("!$6$salt${long}"),
        ] {
            assert!(!is_hash(&other), "{other}");
        }
    }
}
