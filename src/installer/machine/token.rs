//! The token of this attempt, and the server that it goes to.

use super::address::{argument, named};
use crate::kickstart::TOKEN_ARGUMENT;
use crate::registry::is_same_server;

/// The token of this attempt, and the address of the document, whose server alone gets it.
#[derive(Clone)]
pub struct Token {
    text: String,
    document: String,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

impl Token {
    /// The token that the kernel's command line has, beside the address of the document.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        Some(Self {
            text: argument(line, TOKEN_ARGUMENT)?,
            document: named(line)?,
        })
    }

    /// The token for an address; none where another server would get it.
    #[must_use]
    pub fn to(&self, address: &str) -> Option<&str> {
        is_same_server(&self.document, address).then_some(self.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_the_server_of_the_document_alone() {
        let rows = [
            (
                "http://s.example/hosts/a/host.json",
                "http://s.example/secrets/a/x",
                true,
            ),
            ("http://s.example/h", "http://s.example:80/x", true),
            ("http://s.example/h", "https://s.example/x", true),
            ("http://s.example/h", "https://s.example:8443/x", true),
            (
                "http://192.0.2.1:8080/{mac}",
                "http://192.0.2.1:8080/x",
                true,
            ),
            ("https://s.example/h", "https://s.example:8443/x", true),
            ("https://s.example/h", "http://s.example/x", false),
            ("http://s.example/h", "http://s.example:8080/x", false),
            ("http://s.example/h", "https://t.example/x", false),
            (
                "http://s.example/h",
                "https://s.example.evil.example/x",
                false,
            ),
            (
                "http://s.example/h",
                "https://s.example@evil.example/x",
                false,
            ),
            ("http://s.example/h", "/etc/secret", false),
            ("/host.json", "http://s.example/x", false),
        ];
        for (document, address, expected) in rows {
            let line = format!("quiet terroir.host={document} terroir.token=t1");
            let token = Token::read(&line).unwrap();
            let expected = expected.then_some("t1");
            assert_eq!(token.to(address), expected, "{document} {address}");
        }
        assert!(Token::read("terroir.token=t1").is_none());
        assert!(Token::read("terroir.host=http://s.example").is_none());
        assert!(
            !format!(
                "{:?}",
                Token::read("terroir.host=http://s terroir.token=t1")
            )
            .contains("t1")
        );
    }
}
