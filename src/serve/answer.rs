//! The answer to a request, by the state of the host that it is about.

use std::sync::{Arc, PoisonError, RwLock};

use super::counts::{Counts, Key};
use super::error::Error;
use super::event::Event;
use super::guesses::Guesses;
use super::known::{Loader, asked};
use super::ledger::Ledger;
use super::said::phase;
use super::served::{Page, Purpose, Served};
use super::state::{HostState, State};
use crate::kickstart::{HTTP, RelativePath, TFTP};

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
    wrong: Guesses,
    counts: Counts,
}

impl Server {
    /// A server of a site.
    #[must_use]
    pub fn new(served: Served, ledger: Ledger, settings: Settings) -> Self {
        Self {
            served: RwLock::new(Arc::new(served)),
            ledger,
            settings,
            wrong: Guesses::default(),
            counts: Counts::default(),
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
        let answer = self.decide(request, now);
        self.counts.add(counted(request, &answer));
        answer
    }

    fn decide(&self, request: &Request, now: u64) -> Result<Answer, Error> {
        let Some(path) = RelativePath::new(request.path.as_str()) else {
            return Ok(no(400, "the path is not a plain one"));
        };
        let case = Case {
            server: self,
            served: &self.served(),
            request,
            now,
        };
        let parts: Vec<&str> = path.as_str().split('/').collect();
        match (request.posts, parts.as_slice()) {
            (true, ["report", host, word]) => case.report(host, word),
            (true, ["report", host]) => match phase(&request.body) {
                Some(word) => case.report(host, &word),
                None => Ok(no(400, "the report does not say what happened")),
            },
            (true, _) => Ok(no(405, "nothing is taken here")),
            (false, ["secrets", host, name]) => case.secret(host, name),
            (false, ["report" | "secrets", ..]) => Ok(no(405, "this is not for reading")),
            (false, _) => case.page(path),
        }
    }

    /// How it was set up.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Wrong tokens of machines.
    pub(super) fn wrong(&self) -> &Guesses {
        &self.wrong
    }

    /// How requests were answered.
    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// One request, with all that its answer depends on.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) server: &'a Server,
    pub(super) served: &'a Served,
    pub(super) request: &'a Request,
    pub(super) now: u64,
}

impl Case<'_> {
    fn page(self, path: RelativePath) -> Result<Answer, Error> {
        let name = path.as_str();
        let folder = if self.request.is_tftp { TFTP } else { HTTP };
        let page = self.served.pages.get(&format!("{folder}/{name}"));
        match page.map(|page| (page, &page.of)) {
            Some((page, None)) => Ok(Answer::Text(page.text(""))),
            Some((page, Some((host, Purpose::Boot(loader))))) => self.boot(host, page, *loader),
            Some((page, Some((host, Purpose::Document)))) => self.document(host, page),
            None => match asked(name) {
                Some((loader, known)) => {
                    let address = &self.request.address;
                    self.server.ledger.unknown(&known, address, self.now)?;
                    Ok(Answer::Text(self.served.local(loader, false).to_owned()))
                }
                // Nobody finds out which hosts there are.
                None if name.starts_with("hosts/") => Ok(no(403, "nothing is to be installed")),
                None => Ok(Answer::File(path)),
            },
        }
    }

    /// What a loader asks for: the way into the installation, or to the disk.
    fn boot(self, host: &str, page: &Page, loader: Loader) -> Result<Answer, Error> {
        let state = self.server.ledger.host(host, self.now)?;
        let stays = self.stays(&state)?;
        self.note(host, ("boot", stays.as_deref().unwrap_or("installer")))?;
        Ok(Answer::Text(match stays {
            Some(_) => self.served.local(loader, true).to_owned(),
            None => page.text(&state.token),
        }))
    }

    /// Why a host boots its disk; none when it may install itself.
    fn stays(self, state: &HostState) -> Result<Option<String>, Error> {
        if !state.may_fetch(self.now) {
            return Ok(Some(format!("local disk: {}", state.state)));
        }
        if state.state == State::Wiping && !state.wipes {
            let why = "local disk: its installer clears no disks";
            return Ok(Some(why.to_owned()));
        }
        if !state.secrets.is_empty() {
            let why = "local disk: it starts over after it had its secrets; arm it again";
            return Ok(Some(why.to_owned()));
        }
        let limit = self.server.settings.in_flight;
        let Some(most) = limit.filter(|_| state.state == State::Armed) else {
            return Ok(None);
        };
        let busy = |other: &&HostState| matches!(other.state, State::Fetched | State::Installing);
        let count = self.server.ledger.hosts()?.values().filter(busy).count();
        Ok((count >= most).then(|| format!("local disk: {count} hosts install already")))
    }

    fn document(self, host: &str, page: &Page) -> Result<Answer, Error> {
        let macs = &self.request.macs;
        let facts = self.served.hosts.get(host);
        let own = facts.map(|facts| &facts.macs).filter(|own| !own.is_empty());
        let foreign =
            own.is_some_and(|own| !macs.is_empty() && !macs.iter().any(|mac| own.contains(mac)));
        if foreign {
            let why = format!("alarm: asked for by {}", macs.join(", "));
            self.note(host, ("fetch", &why))?;
            return Ok(no(403, "this is another machine's"));
        }
        let wiping = match self.server.ledger.host(host, self.now)?.state {
            State::Wiping => match page.wiping() {
                Some(text) => Some(text),
                None => return Ok(no(403, "nothing is to be installed")),
            },
            _ => None,
        };
        let event = Event::Fetched {
            address: self.request.address.clone(),
        };
        match self.happen(host, &event) {
            // What was ordered meanwhile counts.
            Ok(state) if (state.state == State::Wiping) != wiping.is_some() => {
                Ok(no(403, "nothing is to be installed"))
            }
            Ok(state) => Ok(Answer::Text(
                wiping.unwrap_or_else(|| page.text(&state.token)),
            )),
            Err(Error::Refused { .. }) => Ok(no(403, "nothing is to be installed")),
            Err(error) => Err(error),
        }
    }

    /// Writes into the log what came of a request about a host.
    pub(super) fn note(self, host: &str, line: (&str, &str)) -> Result<(), Error> {
        let place = (host, self.request.address.as_str());
        self.server.ledger.note(place, line, self.now)
    }

    /// Lets something happen to a host.
    pub(super) fn happen(self, host: &str, event: &Event) -> Result<HostState, Error> {
        let address = &self.request.address;
        self.server.ledger.happen((host, event), address, self.now)
    }
}

/// What an answer counts as.
fn counted(request: &Request, answer: &Result<Answer, Error>) -> Key {
    let (word, status) = match answer {
        Ok(Answer::Text(_)) => ("text", 200),
        Ok(Answer::Secret(_)) => ("secret", 200),
        Ok(Answer::File(_)) => ("file", 200),
        Ok(Answer::Taken) => ("report", 200),
        Ok(Answer::No(status, _)) => ("refused", *status),
        Err(_) => ("failed", 503),
    };
    Key {
        protocol: if request.is_tftp { "tftp" } else { "http" },
        answer: word,
        status,
    }
}

pub(super) fn no(status: u16, why: &str) -> Answer {
    Answer::No(status, why.to_owned())
}
