//! Who may have what: the way of a request through the administration.

use std::sync::Arc;

use super::call::{Call, Reply, fields};
use super::keys::{COOKIE, Keys, SESSION};
use super::metrics::metrics;
use super::pages::Pages;
use super::token::{AdminToken, Random};
use super::view::View;
use crate::serve::answer::Server;
use crate::serve::error::Error;
use crate::serve::event::Event;
use crate::serve::guesses::Guesses;
use crate::serve::state::HostState;

/// The kind that Prometheus asks for.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Files that everybody may have: they show nothing.
const FILES: [(&str, &str, &str); 2] = [
    (
        "style.css",
        "text/css; charset=utf-8",
        include_str!("page/style.css"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_str!("page/live.js"),
    ),
];

/// The administration without its sockets.
#[derive(Debug)]
pub(super) struct Administration {
    pub(super) server: Arc<Server>,
    pub(super) pages: Pages,
    keys: Keys,
    guesses: Guesses,
    random: Random,
}

/// Why an order is not carried out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such host.
    Unknown,
    /// Its state does not allow it.
    State(String),
    /// The server failed.
    Failed(Error),
}

impl Administration {
    pub(super) fn new(server: Arc<Server>, token: AdminToken, random: Random) -> Self {
        Self {
            server,
            pages: Pages::new(),
            keys: Keys::new(token),
            guesses: Guesses::default(),
            random,
        }
    }

    /// Answers a request.
    pub(super) fn answer(&self, call: &Call, now: u64) -> Reply {
        let parts: Vec<&str> = call.path.split('/').collect();
        if let (false, [name]) = (call.posts, parts.as_slice())
            && let Some((_, kind, text)) = FILES.iter().find(|(file, ..)| file == name)
        {
            return Reply::of(200, kind, (*text).to_owned());
        }
        let answered = match parts.as_slice() {
            ["login"] => Ok(self.login(call, now)),
            ["api", rest @ ..] => match self.may_program(call, now) {
                Ok(()) => self.api(call, rest, now),
                Err(no) => Ok(no),
            },
            ["metrics"] if !call.posts => match self.may_program(call, now) {
                Ok(()) => metrics(&self.server, self.guesses.total(), now)
                    .map(|text| Reply::of(200, METRICS, text)),
                Err(no) => Ok(no),
            },
            parts => match self.session(call, now) {
                Some(cookie) => self.page(call, (parts, cookie), now),
                None if call.posts => Ok(Reply::text(403, "sign in first: open /login")),
                None => Ok(Reply::to("/login")),
            },
        };
        answered.unwrap_or_else(|_| Reply::no(503, "the server cannot tell now"))
    }

    /// The cookie of a session that has not ended.
    pub(super) fn session<'a>(&self, call: &'a Call, now: u64) -> Option<&'a str> {
        let cookie = call.cookie.as_deref()?;
        self.keys.is_session(cookie, now).then_some(cookie)
    }

    /// Whether a program, or a browser that only reads, may have what it asks for.
    fn may_program(&self, call: &Call, now: u64) -> Result<(), Reply> {
        let Some(token) = &call.bearer else {
            // What a browser sends by itself gives no orders.
            return match self.session(call, now) {
                Some(_) if !call.posts => Ok(()),
                _ => Err(Reply::no(401, "send Authorization: Bearer with the token")),
            };
        };
        if self.guesses.is_blocked(&call.address, now) {
            return Err(Reply::no(429, "too many wrong tokens"));
        }
        if !self.keys.is_token(token) {
            self.wrong(call, now);
            return Err(Reply::no(401, "the token is wrong"));
        }
        Ok(())
    }

    /// Counts a wrong token.
    fn wrong(&self, call: &Call, now: u64) {
        self.guesses.count(&call.address, now);
        self.note(call, "refused: wrong token", now);
    }

    /// Writes into the log who signed in, or tried to; nobody gets another answer when that fails.
    fn note(&self, call: &Call, result: &str, now: u64) {
        let by = format!("admin {}", call.address);
        let line = ("sign in", result);
        let _ = self.server.ledger().note(("", &by), line, now);
    }

    /// The form that asks for the token, and what comes of it.
    fn login(&self, call: &Call, now: u64) -> Reply {
        let site = self.server.served().site().to_owned();
        let form = |status, wrong: &str| Reply::page(status, self.pages.login(&site, wrong));
        if !call.posts {
            return form(200, "");
        }
        if call.is_foreign {
            return form(403, "The form came from another site.");
        }
        if self.guesses.is_blocked(&call.address, now) {
            return form(429, "Too many wrong tokens: wait a minute.");
        }
        let token = fields(&call.body).and_then(|mut form| form.remove("token"));
        if !token.is_some_and(|token| self.keys.is_token(token.trim())) {
            self.wrong(call, now);
            return form(403, "The token is wrong.");
        }
        let Some(random) = (self.random)() else {
            return form(503, "The server has no random numbers.");
        };
        let session = self.keys.session(random, now);
        self.note(call, "done", now);
        Reply {
            cookie: Some(cookie(&session, SESSION)),
            ..Reply::to("/")
        }
    }

    /// A page for people, or what a form of one orders.
    fn page(
        &self,
        call: &Call,
        (parts, cookie_of): (&[&str], &str),
        now: u64,
    ) -> Result<Reply, Error> {
        let csrf = self.keys.form(cookie_of);
        if !call.posts {
            return self.read(call, (parts, &csrf), now);
        }
        let form = fields(&call.body).unwrap_or_default();
        let sent = form.get("csrf").map(String::as_str).unwrap_or_default();
        if call.is_foreign || !self.keys.is_form(cookie_of, sent) {
            return Ok(Reply::text(
                403,
                "this form is not one of this session: load the page again",
            ));
        }
        match parts {
            ["logout"] => Ok(Reply {
                cookie: Some(cookie("", 0)),
                ..Reply::to("/login")
            }),
            ["hosts", host, word] => {
                let again = form.contains_key("again");
                let confirmed = form.get("confirm").is_some_and(|name| name.trim() == *host);
                let done = match *word {
                    "wipe" if !confirmed => Err(Refusal::State(format!(
                        "type {host} to confirm that its disk is cleared"
                    ))),
                    word => self.order(call, (host, word), again, now),
                };
                match done {
                    Ok(_) => Ok(Reply::to(format!("/hosts/{host}"))),
                    Err(Refusal::Unknown) => Ok(Reply::text(404, "there is no such host or order")),
                    Err(Refusal::State(why)) => {
                        let view = View::of(&self.server)?;
                        let ledger = self.server.ledger();
                        let page = self.pages.host(&view, ledger, (host, &csrf, &why, now))?;
                        Ok(page.map_or_else(absent, |page| Reply::page(409, page)))
                    }
                    Err(Refusal::Failed(error)) => Err(error),
                }
            }
            _ => Ok(Reply::text(405, "this is for reading")),
        }
    }

    fn read(&self, call: &Call, (parts, csrf): (&[&str], &str), now: u64) -> Result<Reply, Error> {
        let view = View::of(&self.server)?;
        let ledger = self.server.ledger();
        let page = match parts {
            [""] => self.pages.hosts(&view, ledger, (&call.query, csrf, now))?,
            ["hosts", host] => self.pages.host(&view, ledger, (host, csrf, "", now))?,
            ["hosts", host, "files"] => self.pages.files(&view, ledger, (host, csrf, now))?,
            ["unknown"] => Some(self.pages.unknown(&view, ledger, (csrf, now))?),
            ["log"] => self.pages.log(&view, ledger, (&call.query, csrf, now))?,
            _ => None,
        };
        Ok(page.map_or_else(absent, |page| Reply::page(200, page)))
    }

    /// Carries an order out.
    pub(super) fn order(
        &self,
        call: &Call,
        (host, word): (&str, &str),
        again: bool,
        now: u64,
    ) -> Result<HostState, Refusal> {
        let ledger = self.server.ledger();
        let served = self.server.served();
        let known = ledger.hosts().map_err(Refusal::Failed)?;
        let is_served = served.hosts().any(|(name, _)| name == host);
        if !known.contains_key(host) && !is_served {
            return Err(Refusal::Unknown);
        }
        let event = match word {
            "arm" | "wipe" if !is_served => {
                let why = "it is not in the inventory any more";
                return Err(Refusal::State(why.to_owned()));
            }
            "arm" => Event::Arm {
                token: self.token()?,
                again,
            },
            "disarm" => Event::Disarm,
            "retire" => Event::Retire,
            "wipe" => Event::Wipe {
                token: self.token()?,
            },
            _ => return Err(Refusal::Unknown),
        };
        let by = format!("admin {}", call.address);
        match ledger.happen((host, &event), &by, now) {
            Ok(state) => Ok(state),
            Err(Error::Refused { why, .. }) => Err(Refusal::State(why)),
            Err(error) => Err(Refusal::Failed(error)),
        }
    }

    /// The token of an attempt.
    fn token(&self) -> Result<String, Refusal> {
        let none = || Refusal::State("the server has no random numbers".to_owned());
        let token = (self.random)().ok_or_else(none)?;
        Ok(format!("{token:032x}"))
    }
}

fn absent() -> Reply {
    Reply::text(404, "there is no such page")
}

fn cookie(value: &str, seconds: u64) -> String {
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}
