//! The interface for programs: JSON.

use serde_json::{Value, json};

use super::call::{Call, Reply, known_fields};
use super::desk::{Administration, Refusal};
use super::mask::without_secrets;
use super::view::View;
use crate::serve::error::Error;

/// Most lines of the log in one answer, and how many come if nothing is said.
const MOST: u32 = 1000;
const LINES: u32 = 100;

impl Administration {
    /// Answers a program that may ask.
    pub(super) fn api(&self, call: &Call, parts: &[&str], now: u64) -> Result<Reply, Error> {
        let wrong = |known: &str| Ok(Reply::no(400, &format!("what is asked for: {known}")));
        let taken = |known: &[&str]| known_fields(&call.query, known);
        match (call.posts, parts) {
            (false, ["hosts"]) if taken(&[]).is_some() => {
                let view = View::of(&self.server)?;
                let hosts: Vec<Value> = view.rows.iter().map(|row| row.json(now)).collect();
                Ok(self.shown(&view, json!({ "hosts": hosts })))
            }
            (false, ["hosts", host]) if taken(&[]).is_some() => self.host(host, now),
            (false, ["unknown"]) if taken(&[]).is_some() => {
                let view = View::of(&self.server)?;
                let unknown = self.server.ledger().strangers()?;
                Ok(self.shown(&view, json!({ "unknown": unknown })))
            }
            (false, ["log"]) => match taken(&["after", "limit"]).and_then(|found| {
                let number = |name: &str, usual: i64| match found.get(name) {
                    Some(text) => text.parse::<i64>().ok().filter(|number| *number >= 0),
                    None => Some(usual),
                };
                Some((number("after", 0)?, number("limit", i64::from(LINES))?))
            }) {
                Some((after, limit)) => self.log(after, limit),
                None => wrong("after=NUMBER and limit=NUMBER"),
            },
            (true, ["hosts", host, word]) => match taken(&["again"])
                .filter(|found| found.get("again").is_none_or(|again| again == "true"))
                .filter(|found| found.is_empty() || *word == "arm")
            {
                Some(found) => self.ordered(call, (host, word), found.contains_key("again"), now),
                None => wrong("?again=true with arm, or nothing"),
            },
            (false, ["hosts" | "unknown"] | ["hosts", _]) => wrong("nothing follows the path"),
            (true, ["hosts" | "unknown" | "log", ..]) => Ok(Reply::no(405, "this is for reading")),
            (false, ["hosts", _, "arm" | "disarm" | "retire" | "wipe"]) => {
                Ok(Reply::no(405, "orders are posted"))
            }
            _ => Ok(Reply::no(404, "there is no such thing")),
        }
    }

    fn host(&self, host: &str, now: u64) -> Result<Reply, Error> {
        let view = View::of(&self.server)?;
        let Some(row) = view.row(host) else {
            return Ok(Reply::no(404, "there is no such host"));
        };
        let state = view.states.get(host);
        let log = self.server.ledger().log(Some(host), LINES)?;
        let mut all = row.json(now);
        if let Some(all) = all.as_object_mut() {
            let address = state.and_then(|state| state.address.as_deref());
            let secrets = state
                .map(|state| state.secrets.as_slice())
                .unwrap_or_default();
            all.insert("address".to_owned(), json!(address));
            all.insert("secrets-given".to_owned(), json!(secrets));
            all.insert("log".to_owned(), json!(log));
        }
        Ok(self.shown(&view, all))
    }

    fn log(&self, after: i64, limit: i64) -> Result<Reply, Error> {
        let view = View::of(&self.server)?;
        let limit = u32::try_from(limit).unwrap_or(MOST).min(MOST);
        let log = self.server.ledger().log_after(after, limit)?;
        let last = log.last().map_or(after, |row| row.number);
        Ok(self.shown(&view, json!({ "log": log, "last": last })))
    }

    fn ordered(
        &self,
        call: &Call,
        (host, word): (&str, &str),
        again: bool,
        now: u64,
    ) -> Result<Reply, Error> {
        match self.order(call, (host, word), again, now) {
            Ok(_) => {
                let view = View::of(&self.server)?;
                let row = view.row(host).map(|row| row.json(now));
                Ok(self.shown(&view, row.unwrap_or_default()))
            }
            Err(Refusal::Unknown) => Ok(Reply::no(404, "there is no such host or order")),
            Err(Refusal::State(why)) => Ok(Reply::no(409, &why)),
            Err(Refusal::Failed(error)) => Err(error),
        }
    }

    fn shown(&self, view: &View, value: Value) -> Reply {
        Reply::json(200, &without_secrets(value, &view.tokens()))
    }
}
