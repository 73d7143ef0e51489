//! Secrets of a document: fetched once, before anything is written.

use std::fs;

use super::error::InstallError;
use super::token::Token;
use crate::bootable::disk::{Encryption, Passphrase};
use crate::installer::document::{Held, HostEncryption, Secret, check_hash};
use crate::registry::{Error, Page, Settings};

/// Most bytes of a secret.
const MOST: u64 = 64 << 10;
/// The header with the token of this attempt, which an install server may ask for.
const TOKEN_HEADER: &str = "x-terroir-token";

/// A page of an install server, asked with the token of this attempt where there is one.
pub(super) fn page(
    settings: Settings,
    (address, token): (&str, Option<&str>),
) -> Result<Page, Error> {
    let page = Page::at(settings, address)?;
    match token {
        Some(token) => page.with_header(TOKEN_HEADER, token),
        None => Ok(page),
    }
}

/// How secrets are fetched.
pub(super) struct Revealing<'a> {
    pub settings: &'a Settings,
    /// The token of this attempt, where the kernel's command line has one.
    pub token: Option<&'a Token>,
}

impl Revealing<'_> {
    /// A secret itself.
    pub(super) fn reveal(&self, secret: &Secret) -> Result<Vec<u8>, InstallError> {
        match &secret.held {
            Held::Here(text) => Ok(text.clone().into_bytes()),
            Held::At(place) => self.fetch(place),
        }
    }

    /// The secret that an address or a file has.
    pub(super) fn fetch(&self, place: &str) -> Result<Vec<u8>, InstallError> {
        if place.starts_with('/') {
            return fs::read(place)
                .map_err(InstallError::io(format!("reading the secret {place}")));
        }
        let token = self.token.and_then(|token| token.to(place));
        let page = page(self.settings.clone(), (place, token));
        let fetched = page.and_then(|page| page.get(MOST));
        fetched.map_err(|source| InstallError::Place {
            place: place.to_owned(),
            source: Box::new(source),
        })
    }

    /// A secret of one line, whose end is not part of it; `what` is what it is of.
    pub(super) fn line(&self, what: &str, secret: &Secret) -> Result<String, InstallError> {
        let wrong = |why| InstallError::Secret(format!("{what} are {why}"));
        let text = String::from_utf8(self.reveal(secret)?).map_err(|_| wrong("no text"))?;
        let line = text.trim_end_matches(['\r', '\n']);
        match line.is_empty() || line.chars().any(char::is_control) {
            true => Err(wrong("not one line")),
            false => Ok(line.to_owned()),
        }
    }

    /// The hash of a password.
    pub(super) fn hash(&self, name: &str, secret: &Secret) -> Result<String, InstallError> {
        let bytes = self.reveal(secret)?;
        let text = String::from_utf8_lossy(&bytes);
        let hash = text.trim_end_matches(['\r', '\n']).to_owned();
        match check_hash(&hash) {
            Ok(()) => Ok(hash),
            Err(why) => Err(InstallError::Secret(format!(
                "the password of {name} {why}"
            ))),
        }
    }

    /// How the root is encrypted.
    pub(super) fn encryption(&self, wanted: &HostEncryption) -> Result<Encryption, InstallError> {
        match wanted {
            HostEncryption::Tpm2 => Ok(Encryption::Tpm2),
            HostEncryption::Passphrase(place) => {
                let passphrase = Passphrase::of_file(&self.fetch(place)?);
                let passphrase = passphrase
                    .map_err(|why| InstallError::Secret(format!("what {place} has: {why}")))?;
                Ok(Encryption::Passphrase(passphrase))
            }
        }
    }
}
