//! Secrets of a document: fetched once, before anything is written.

use std::fs;

use super::error::InstallError;
use crate::installer::document::{Held, Secret, check_hash};
use crate::registry::{Page, Settings};

/// Most bytes of a secret.
const MOST: u64 = 64 << 10;
/// The header with the token of this attempt, which an install server may ask for.
const HEADER: &str = "x-terroir-token";

/// How secrets are fetched.
pub(super) struct Revealing<'a> {
    pub settings: &'a Settings,
    /// The token of this attempt, where the kernel's command line has one.
    pub token: Option<&'a str>,
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
            return fs::read(place).map_err(InstallError::io(format!("reading the secret {place}")));
        }
        let mut page = Page::at(self.settings.clone(), place)?;
        if let Some(token) = self.token {
            page = page.with_header(HEADER, token)?;
        }
        Ok(page.get(MOST)?)
    }

    /// The hash of a password.
    pub(super) fn hash(&self, name: &str, secret: &Secret) -> Result<String, InstallError> {
        let bytes = self.reveal(secret)?;
        let text = String::from_utf8_lossy(&bytes);
        let hash = text.trim_end_matches(['\r', '\n']).to_owned();
        match check_hash(&hash) {
            Ok(()) => Ok(hash),
            Err(why) => Err(InstallError::Secret(format!("the password of {name} {why}"))),
        }
    }
}
