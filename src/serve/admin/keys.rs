//! Proof of who asks: the token, sessions of browsers, and proof that a form is one of ours.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::token::AdminToken;
use crate::serve::guesses::is_same;

/// The name of the cookie.
pub(super) const COOKIE: &str = "terroir-admin";
/// How long a session lasts, in seconds.
pub(super) const SESSION: u64 = 12 * 3600;

/// What proves who asks; all of it is made of the token.
#[derive(Debug)]
pub(super) struct Keys {
    token: AdminToken,
}

impl Keys {
    pub(super) fn new(token: AdminToken) -> Self {
        Self { token }
    }

    /// Whether a text is the token.
    pub(super) fn is_token(&self, text: &str) -> bool {
        is_same(
            &self.mac("token", text),
            &self.mac("token", self.token.text()),
        )
    }

    /// The value of a cookie for a new session: its end, a random number, and what proves both.
    pub(super) fn session(&self, random: u128, now: u64) -> String {
        let what = format!("{}.{random:032x}", now + SESSION);
        let mac = self.mac("session", &what);
        format!("{what}.{mac}")
    }

    /// Whether the value of a cookie is a session that has not ended.
    pub(super) fn is_session(&self, cookie: &str, now: u64) -> bool {
        let Some((what, mac)) = cookie.rsplit_once('.') else {
            return false;
        };
        let ends = what.split_once('.').and_then(|(ends, _)| ends.parse().ok());
        is_same(mac, &self.mac("session", what)) && ends.is_some_and(|ends: u64| now < ends)
    }

    /// What a form of a session has with it.
    pub(super) fn form(&self, cookie: &str) -> String {
        self.mac("form", cookie)
    }

    /// Whether a form is of a session.
    pub(super) fn is_form(&self, cookie: &str, sent: &str) -> bool {
        is_same(sent, &self.form(cookie))
    }

    /// HMAC-SHA-256 of a text for one purpose, by the token.
    fn mac(&self, purpose: &str, text: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.token.text().as_bytes()) else {
            return String::new();
        };
        for part in [purpose, "\n", text] {
            mac.update(part.as_bytes());
        }
        let bytes = mac.finalize().into_bytes();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_and_is_of_one_token() {
        let folder = tempfile::tempdir().unwrap();
        let keys = |name: &str, random| {
            let states = folder.path().join(name).join("states");
            std::fs::create_dir(folder.path().join(name)).unwrap();
            Keys::new(AdminToken::beside(&states, random).unwrap().0)
        };
        let (own, other) = (keys("a", || Some(1)), keys("b", || Some(2)));
        let (one, two) = (own.session(7, 100), own.session(8, 100));
        assert!(own.is_session(&one, 99 + SESSION) && !own.is_session(&one, 100 + SESSION));
        assert!(!other.is_session(&one, 100));
        let longer = one.replacen(
            &(100 + SESSION).to_string(),
            &(101 + SESSION).to_string(),
            1,
        );
        assert!(!own.is_session(&longer, 100));
        assert!(own.is_form(&one, &own.form(&one)) && !own.is_form(&one, &own.form(&two)));
        assert!(own.is_token(&format!("{:032x}", 1)) && !own.is_token(&format!("{:032x}", 2)));
        assert!(!own.is_token("") && !own.is_session("", 0));
    }
}
