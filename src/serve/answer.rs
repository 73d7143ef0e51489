//! The answer to a request, by the state of the host that it is about.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::error::Error;
use super::event::Event;
use super::known::{Loader, asked};
use super::ledger::Ledger;
use super::local;
use super::served::{Page, Purpose, Served};
use super::state::{HostState, State};
use crate::kickstart::{HTTP, RelativePath, TFTP};

/// Words that hosts report; others are refused.
const REPORTS: [&str; 8] = [
    "installing",
    "disk",
    "installed",
    "booted",
    "failed",
    "recovery-key",
    "updated",
    "fell-back",
];
/// How many wrong tokens an address may send within [`WINDOW`].
const WRONG_TOKENS: u32 = 10;
/// How long wrong tokens count, in seconds.
const WINDOW: u64 = 60;
/// How many addresses are watched at most.
const WATCHED: usize = 10_000;

/// What the server does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether secrets go over connections that are not encrypted.
    pub plain_secrets: bool,
    /// How many hosts may install at once; more than that wait.
    pub in_flight: Option<usize>,
}

/// A request, as far as the answer depends on it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Whether it sends something (`POST`).
    pub posts: bool,
    /// The path, decoded, without the slash at its beginning.
    pub path: String,
    /// The address that it comes from.
    pub address: String,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// Whether it comes by TFTP, which has files of its own.
    pub is_tftp: bool,
    /// The header `X-Terroir-Token`.
    pub token: Option<String>,
    /// Hardware addresses by the headers of Anaconda.
    pub macs: Vec<String>,
    /// What it sends.
    pub body: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A text.
    Text(String),
    /// A text that nobody keeps.
    Secret(String),
    /// A file beside the rendered ones, if there is one.
    File(RelativePath),
    /// It was taken.
    Taken,
    /// No: the status of HTTP, and why.
    No(u16, String),
}

/// The server without its sockets.
#[derive(Debug)]
pub struct Server {
    served: RwLock<Arc<Served>>,
    ledger: Ledger,
    settings: Settings,
    wrong: Mutex<BTreeMap<String, (u32, u64)>>,
}

impl Server {
    /// A server of a site.
    #[must_use]
    pub fn new(served: Served, ledger: Ledger, settings: Settings) -> Self {
        Self {
            served: RwLock::new(Arc::new(served)),
            ledger,
            settings,
            wrong: Mutex::default(),
        }
    }

    /// Answers by another state of the site from now on.
    pub fn replace(&self, served: Served) {
        *self.served.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(served);
    }

    /// What is answered.
    #[must_use]
    pub fn served(&self) -> Arc<Served> {
        self.served
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The states and the log.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The file of states cannot be read or written.
    pub fn answer(&self, request: &Request, now: u64) -> Result<Answer, Error> {
        let Some(path) = RelativePath::new(request.path.as_str()) else {
            return Ok(no(400, "the path is not a plain one"));
        };
        let served = self.served();
        let parts: Vec<&str> = path.as_str().split('/').collect();
        match (request.posts, parts.as_slice()) {
            (true, ["report", host, word]) => self.report(&served, (host, word), request, now),
            (true, _) => Ok(no(405, "nothing is taken here")),
            (false, ["secrets", host, name]) => self.secret(&served, (host, name), request, now),
            (false, ["report" | "secrets", ..]) => Ok(no(405, "this is not for reading")),
            (false, _) => self.page(&served, path, request, now),
        }
    }

    fn page(
        &self,
        served: &Served,
        path: RelativePath,
        request: &Request,
        now: u64,
    ) -> Result<Answer, Error> {
        let name = path.as_str();
        let folder = if request.is_tftp { TFTP } else { HTTP };
        let page = format!("{folder}/{name}");
        match served.pages.get(&page) {
            Some(Page { of: None, .. }) => Ok(file(served, &page, "")),
            Some(Page {
                of: Some((host, Purpose::Boot)),
                ..
            }) => self.boot(served, (host, &page), request, now),
            Some(Page {
                of: Some((host, Purpose::Document)),
                ..
            }) => self.document(served, (host, &page), request, now),
            None => match asked(name) {
                Some((loader, known)) => {
                    self.ledger.unknown(&known, &request.address, now)?;
                    Ok(Answer::Text(local::text(&served.local, loader).to_owned()))
                }
                // Nobody finds out which hosts there are.
                None if name.starts_with("hosts/") => Ok(no(403, "nothing is to be installed")),
                None => Ok(Answer::File(path)),
            },
        }
    }

    /// What a loader asks for: the way into the installation, or to the disk.
    fn boot(
        &self,
        served: &Served,
        (host, name): (&str, &str),
        request: &Request,
        now: u64,
    ) -> Result<Answer, Error> {
        let state = self.ledger.host(host, now)?;
        let loader = asked(name).map_or(Loader::Grub, |(loader, _)| loader);
        if let Some(why) = self.stays(&state, now)? {
            let address = (host, request.address.as_str());
            self.ledger.note(address, ("boot", &why), now)?;
            return Ok(Answer::Text(local::text(&served.local, loader).to_owned()));
        }
        let address = (host, request.address.as_str());
        self.ledger.note(address, ("boot", "installer"), now)?;
        Ok(file(served, name, &state.token))
    }

    /// Why a host boots its disk; none when it may install itself.
    fn stays(&self, state: &HostState, now: u64) -> Result<Option<String>, Error> {
        if !state.installs(now) {
            return Ok(Some(format!("local disk: {}", state.state)));
        }
        if !state.secrets.is_empty() {
            let why = "local disk: it starts over after it had its secrets; arm it again";
            return Ok(Some(why.to_owned()));
        }
        let Some(most) = self
            .settings
            .in_flight
            .filter(|_| state.state == State::Armed)
        else {
            return Ok(None);
        };
        let busy = |other: &&HostState| matches!(other.state, State::Fetched | State::Installing);
        let count = self.ledger.hosts()?.values().filter(busy).count();
        Ok((count >= most).then(|| format!("local disk: {count} hosts install already")))
    }

    fn document(
        &self,
        served: &Served,
        (host, name): (&str, &str),
        request: &Request,
        now: u64,
    ) -> Result<Answer, Error> {
        let facts = served.hosts.get(host);
        let own = facts.map(|facts| &facts.macs).filter(|own| !own.is_empty());
        let foreign = own.is_some_and(|own| {
            !request.macs.is_empty() && !request.macs.iter().any(|mac| own.contains(mac))
        });
        if foreign {
            let why = format!("alarm: asked for by {}", request.macs.join(", "));
            self.ledger
                .note((host, &request.address), ("fetch", &why), now)?;
            return Ok(no(403, "this is another machine's"));
        }
        let event = Event::Fetched {
            address: request.address.clone(),
        };
        match self.ledger.happen((host, &event), &request.address, now) {
            Ok(state) => Ok(file(served, name, &state.token)),
            Err(Error::Refused { .. }) => Ok(no(403, "nothing is to be installed")),
            Err(error) => Err(error),
        }
    }

    fn secret(
        &self,
        served: &Served,
        (host, name): (&str, &str),
        request: &Request,
        now: u64,
    ) -> Result<Answer, Error> {
        if let Some(answer) = self.stranger((host, "secret"), request, now)? {
            return Ok(answer);
        }
        let facts = served.hosts.get(host);
        if !facts.is_some_and(|facts| facts.secrets.contains(name)) {
            return Ok(no(404, "the inventory has no such secret of this host"));
        }
        if !request.is_encrypted && !self.settings.plain_secrets {
            let why = "refused: the connection is not encrypted";
            self.ledger
                .note((host, &request.address), ("secret", why), now)?;
            return Ok(no(403, "secrets go over encrypted connections only"));
        }
        // A secret that is not there was not given.
        let text = match (served.secret)(host, name) {
            Ok(text) => text,
            Err(why) => {
                let why = format!("not available: {why}");
                self.ledger
                    .note((host, &request.address), ("secret", &why), now)?;
                return Ok(no(503, "the secret is not available"));
            }
        };
        let event = Event::Secret {
            name: name.to_owned(),
            address: request.address.clone(),
        };
        match self.ledger.happen((host, &event), &request.address, now) {
            Ok(_) => Ok(Answer::Secret(text)),
            Err(Error::Refused { why, .. }) => Ok(no(403, &why)),
            Err(error) => Err(error),
        }
    }

    fn report(
        &self,
        _served: &Served,
        (host, word): (&str, &str),
        request: &Request,
        now: u64,
    ) -> Result<Answer, Error> {
        if let Some(answer) = self.stranger((host, word), request, now)? {
            return Ok(answer);
        }
        if !REPORTS.contains(&word) {
            return Ok(no(404, "there is no such report"));
        }
        let event = Event::Report {
            word: word.to_owned(),
            said: request.body.clone(),
        };
        self.ledger.happen((host, &event), &request.address, now)?;
        Ok(Answer::Taken)
    }

    /// The answer to somebody without the token of a host's attempt; none for the host itself. A token
    /// counts until the next attempt, so that a machine can say how its installation ended.
    fn stranger(
        &self,
        (host, what): (&str, &str),
        request: &Request,
        now: u64,
    ) -> Result<Option<Answer>, Error> {
        if self.is_blocked(&request.address, now) {
            return Ok(Some(no(429, "too many wrong tokens")));
        }
        let state = self.ledger.host(host, now)?;
        let token = request.token.as_deref().unwrap_or_default();
        if !state.token.is_empty() && is_same(token, &state.token) {
            return Ok(None);
        }
        self.count_wrong(&request.address, now);
        let known = if state.attempt > 0 { host } else { "" };
        let address = (known, request.address.as_str());
        self.ledger
            .note(address, (what, "refused: wrong token"), now)?;
        Ok(Some(no(
            403,
            "the token is not that of this host's installation",
        )))
    }

    fn is_blocked(&self, address: &str, now: u64) -> bool {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let found = wrong.get(address);
        found.is_some_and(|(count, since)| *count >= WRONG_TOKENS && now < since + WINDOW)
    }

    fn count_wrong(&self, address: &str, now: u64) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= WATCHED {
            wrong.retain(|_, (_, since)| now < *since + WINDOW);
        }
        let (count, since) = wrong.entry(address.to_owned()).or_insert((0, now));
        if now >= *since + WINDOW {
            (*count, *since) = (0, now);
        }
        *count += 1;
    }
}

fn file(served: &Served, name: &str, token: &str) -> Answer {
    let text = served.pages.get(name).map(|page| page.text(token));
    Answer::Text(text.unwrap_or_default())
}

fn no(status: u16, why: &str) -> Answer {
    Answer::No(status, why.to_owned())
}

/// Compares two texts in a time that does not tell where they differ.
fn is_same(a: &str, b: &str) -> bool {
    let differ = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    a.len() == b.len() && differ == 0
}
