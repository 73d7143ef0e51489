//! What needs the token of an attempt: secrets of a machine, its reports, and its recovery keys.

use super::answer::{Answer, Case, no};
use super::error::Error;
use super::event::Event;
use super::guesses::is_same;
use super::recovery::{WORD, parts};

/// Words that hosts report; others are refused.
const REPORTS: [&str; 10] = [
    "installing",
    "disk",
    "installed",
    "booted",
    "failed",
    WORD,
    "updated",
    "fell-back",
    "wiping",
    "wiped",
];

/// Those of a system that is installed.
const OF_SYSTEMS: [&str; 3] = ["booted", "updated", "fell-back"];

/// Who of a host asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    /// The installer of the attempt, or what it installed.
    Attempt,
    /// The system that was there before the attempt.
    System,
}

impl Case<'_> {
    pub(super) fn secret(self, host: &str, name: &str) -> Result<Answer, Error> {
        if let Err(answer) = self.teller(host, ("secret", false))? {
            return Ok(answer);
        }
        let facts = self.served.hosts.get(host);
        if !facts.is_some_and(|facts| facts.secrets.contains(name)) {
            return Ok(no(404, "the inventory has no such secret of this host"));
        }
        if let Some(refused) = self.in_plain(host, "secret")? {
            return Ok(refused);
        }
        // A secret that is not there was not given.
        let text = match (self.served.secret)(host, name) {
            Ok(text) => text,
            Err(why) => {
                self.note(host, ("secret", &format!("not available: {why}")))?;
                return Ok(no(503, "the secret is not available"));
            }
        };
        let event = Event::Secret {
            name: name.to_owned(),
            address: self.request.address.clone(),
        };
        match self.happen(host, &event) {
            Ok(_) => Ok(Answer::Secret(text)),
            Err(Error::Refused { why, .. }) => Ok(no(403, &why)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn report(self, host: &str, word: &str) -> Result<Answer, Error> {
        let teller = match self.teller(host, (word, OF_SYSTEMS.contains(&word)))? {
            Ok(teller) => teller,
            Err(answer) => return Ok(answer),
        };
        if !REPORTS.contains(&word) {
            return Ok(no(404, "there is no such report"));
        }
        if word == WORD {
            return self.recovery_key(host);
        }
        let (word, said) = (word.to_owned(), self.request.body.clone());
        let event = match teller {
            Teller::Attempt => Event::Report { word, said },
            Teller::System => Event::OlderReport { word, said },
        };
        self.happen(host, &event)?;
        Ok(Answer::Taken)
    }

    /// Takes a recovery key, by the rule for secrets.
    fn recovery_key(self, host: &str) -> Result<Answer, Error> {
        if let Some(refused) = self.in_plain(host, WORD)? {
            return Ok(refused);
        }
        let Some((device, key)) = parts(&self.request.body) else {
            let why = "a recovery key is reported as DEVICE KEY, in one line";
            self.note(host, (WORD, "refused: no key in the report"))?;
            return Ok(no(400, why));
        };
        let (device, key) = (device.to_owned(), key.to_owned());
        self.happen(host, &Event::RecoveryKey { device, key })?;
        Ok(Answer::Taken)
    }

    /// The answer to a connection that is not encrypted, where secrets need one that is.
    fn in_plain(self, host: &str, what: &str) -> Result<Option<Answer>, Error> {
        if self.request.is_encrypted || self.server.settings().plain_secrets {
            return Ok(None);
        }
        self.note(host, (what, "refused: the connection is not encrypted"))?;
        Ok(Some(no(403, "secrets go over encrypted connections only")))
    }

    /// Who of a host asks, by the token; else the answer to somebody without one. The token of an attempt
    /// counts until the next one, so that a machine can say how its installation ended. The token of the system
    /// that is on the disk counts for reports of systems until another one is there.
    fn teller(
        self,
        host: &str,
        (what, is_of_system): (&str, bool),
    ) -> Result<Result<Teller, Answer>, Error> {
        let (wrong, address) = (self.server.wrong(), &self.request.address);
        if wrong.is_blocked(address, self.now) {
            return Ok(Err(no(429, "too many wrong tokens")));
        }
        let state = self.server.ledger().host(host, self.now)?;
        let token = self.request.token.as_deref().unwrap_or_default();
        let has = |own: &str| !own.is_empty() && is_same(token, own);
        if has(&state.token) {
            return Ok(Ok(Teller::Attempt));
        }
        if has(&state.running) && is_of_system {
            return Ok(Ok(Teller::System));
        }
        wrong.count(address, self.now);
        let known = if state.attempt > 0 { host } else { "" };
        self.note(known, (what, "refused: wrong token"))?;
        Ok(Err(no(
            403,
            "the token is not that of this host's installation",
        )))
    }
}
