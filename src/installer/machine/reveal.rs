//! Secrets of a document: fetched once, before anything is written.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::InstallError;
use super::token::Token;
use crate::bootable::disk::{Encryption, Passphrase, TangKey, random};
use crate::installer::document::{Held, HostEncryption, Secret, TangServer, check_hash};
use crate::installer::tang::{Advertisement, lock};
use crate::registry::{Error, Page, Settings};

/// Most bytes of a secret.
const MOST: u64 = 64 << 10;
/// Bytes of a secret that a Tang server gives back, and most of it when it is locked.
const SECRET: usize = 32;
const MOST_LOCKED: usize = 2048;
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
                Ok(Encryption::Passphrase(self.passphrase(place)?))
            }
            HostEncryption::Tang(place, servers) => {
                let keys = servers.iter().map(|server| self.tang_key(server));
                let keys = keys.collect::<Result<_, _>>()?;
                Ok(Encryption::Tang(self.passphrase(place)?, keys))
            }
        }
    }

    fn passphrase(&self, place: &str) -> Result<Passphrase, InstallError> {
        let passphrase = Passphrase::of_file(&self.fetch(place)?);
        passphrase.map_err(|why| InstallError::Secret(format!("what {place} has: {why}")))
    }

    /// A new secret, and the same as a Tang server gives it back; nothing is sent to the server.
    fn tang_key(&self, server: &TangServer) -> Result<TangKey, InstallError> {
        let TangServer { url, thumbprint } = server;
        let address = format!("{url}/adv/{thumbprint}");
        let said = Page::at(self.settings.clone(), &address).and_then(|page| page.get(MOST));
        let said = said.map_err(|source| InstallError::Tang {
            url: url.clone(),
            source: Box::new(source),
        })?;
        let odd = |why: &str| InstallError::TangKeys {
            url: url.clone(),
            why: why.to_owned(),
        };
        let server = Advertisement::read(&said, thumbprint).map_err(odd)?;
        let mut secret = [0; SECRET];
        random(&mut secret)?;
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let locked = lock(secret.as_bytes(), (url, &server));
        let locked = locked.map_err(|_| odd("no key can be agreed on with it"))?;
        match locked.to_string().len() > MOST_LOCKED {
            true => Err(odd(
                "it advertises more keys than the header of a volume has room for",
            )),
            false => Ok(TangKey { secret, locked }),
        }
    }
}
