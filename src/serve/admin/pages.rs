//! Pages for people.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde_json::{Map, Value, json};

use super::call::known_fields;
use super::mask::{plain, without_secrets};
use super::view::View;
use crate::serve::error::Error;
use crate::serve::fleet::Why;
use crate::serve::ledger::Ledger;
use crate::serve::log::LogRow;
use crate::serve::state::State;

/// The templates, by name.
const TEMPLATES: [(&str, &str); 8] = [
    ("base", include_str!("page/base.html")),
    ("parts", include_str!("page/parts.html")),
    ("hosts", include_str!("page/hosts.html")),
    ("host", include_str!("page/host.html")),
    ("files", include_str!("page/files.html")),
    ("unknown", include_str!("page/unknown.html")),
    ("log", include_str!("page/log.html")),
    ("login", include_str!("page/login.html")),
];
/// Most hosts on one page, and most unknown machines.
const ROWS: usize = 500;
/// Longest first line of a message in a table, in characters.
const LONGEST: usize = 120;
/// Lines of the log on a page.
const LINES: u32 = 200;

/// The templates, which escape whatever they are given.
#[derive(Debug)]
pub(super) struct Pages {
    environment: Environment<'static>,
}

type Page = Result<Option<String>, Error>;

impl Pages {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().unwrap_or_default());
        environment.add_filter("stamp", stamp);
        environment.add_filter("ago", ago);
        environment.add_filter("urlencode", |text: &str| urlencoded(text));
        environment.add_filter("first_line", |text: &str| first_line(text));
        for (name, text) in TEMPLATES {
            let added = environment.add_template(name, text);
            debug_assert!(added.is_ok(), "{name}: {added:?}");
        }
        Self { environment }
    }

    fn render(&self, name: &str, values: &Value) -> String {
        let template = self.environment.get_template(name);
        let text = template.and_then(|template| template.render(Serde(values)));
        debug_assert!(text.is_ok(), "{name}: {text:?}");
        text.unwrap_or_else(|_| "this page is broken\n".to_owned())
    }

    /// A page of a session: `own` is what only it has.
    fn session_page(
        &self,
        name: &str,
        (view, ledger): (&View, &Ledger),
        (csrf, now): (&str, u64),
        own: Value,
    ) -> Result<String, Error> {
        let words: Map<String, Value> = Why::ALL
            .into_iter()
            .filter_map(|why| Some((json!(why).as_str()?.to_owned(), json!(why.words()))))
            .collect();
        let mut all = json!({
            "site": view.served.site(),
            "page": name,
            "last": view.last,
            "unknown_count": ledger.strangers()?.len(),
            "words": words,
            "now": now,
        });
        if let (Some(all), Value::Object(own)) = (all.as_object_mut(), own) {
            all.extend(own);
        }
        let mut shown = plain(without_secrets(all, &view.tokens()));
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("csrf".to_owned(), json!(csrf));
        }
        Ok(self.render(name, &shown))
    }

    /// The form that asks for the token.
    pub(super) fn login(&self, site: &str, wrong: &str) -> String {
        self.render("login", &json!({ "site": site, "wrong": wrong }))
    }

    /// All hosts, or those that are asked for.
    pub(super) fn hosts(
        &self,
        view: &View,
        ledger: &Ledger,
        (query, csrf, now): (&str, &str, u64),
    ) -> Page {
        let Some(asked) = known_fields(query, &["q", "state"]) else {
            return Ok(None);
        };
        let text = asked
            .get("q")
            .map(String::as_str)
            .unwrap_or_default()
            .trim();
        let state = asked.get("state").map(String::as_str).unwrap_or_default();
        let is_of_state = |row: &&crate::serve::fleet::FleetRow| match state {
            "" => true,
            "not-as-wanted" => row.why.is_some(),
            state => row.state.word() == state,
        };
        let rows: Vec<_> = view
            .rows
            .iter()
            .filter(|row| row.host.contains(text))
            .filter(is_of_state)
            .collect();
        let counts = view.counts();
        let counts = State::ALL.into_iter().map(|state| {
            json!({ "state": state, "count": counts.get(state.word()).copied().unwrap_or(0) })
        });
        let own = json!({
            "rows": rows.iter().take(ROWS).collect::<Vec<_>>(),
            "more": rows.len().saturating_sub(ROWS),
            "total": view.rows.len(),
            "not_as_wanted": view.rows.iter().filter(|row| row.why.is_some()).count(),
            "counts": counts.collect::<Vec<Value>>(),
            "q": text,
            "chosen": state,
        });
        self.session_page("hosts", (view, ledger), (csrf, now), own)
            .map(Some)
    }

    /// A host; `refused` is why an order was not carried out.
    pub(super) fn host(
        &self,
        view: &View,
        ledger: &Ledger,
        (host, csrf, refused, now): (&str, &str, &str, u64),
    ) -> Page {
        let Some(row) = view.row(host) else {
            return Ok(None);
        };
        let state = view.states.get(host);
        let log = ledger.log(Some(host), LINES)?;
        let is_busy = matches!(row.state, State::Fetched | State::Installing);
        let own = json!({
            "row": row,
            "address": state.and_then(|state| state.address.as_deref()),
            "secrets": state.map(|state| state.secrets.as_slice()).unwrap_or_default(),
            "is_served": view.served.hosts().any(|(name, _)| name == host),
            "is_busy": is_busy,
            "waits": row.state.installs() || row.state == State::Wiping,
            "wipes": state.is_some_and(|state| state.wipes),
            "refused": refused,
            "timeline": timeline(&log),
            "log": newest_first(&log),
        });
        self.session_page("host", (view, ledger), (csrf, now), own)
            .map(Some)
    }

    /// The files that a host is given.
    pub(super) fn files(
        &self,
        view: &View,
        ledger: &Ledger,
        (host, csrf, now): (&str, &str, u64),
    ) -> Page {
        if view.row(host).is_none() {
            return Ok(None);
        }
        let files = view.served.files_of(host);
        let files = files.map(|(path, text)| json!({ "path": path, "text": text }));
        let own = json!({ "host": host, "files": files.collect::<Vec<_>>() });
        self.session_page("files", (view, ledger), (csrf, now), own)
            .map(Some)
    }

    /// The machines that the inventory does not have.
    pub(super) fn unknown(
        &self,
        view: &View,
        ledger: &Ledger,
        (csrf, now): (&str, u64),
    ) -> Result<String, Error> {
        let mut unknown = ledger.strangers()?;
        unknown.sort_by_key(|one| std::cmp::Reverse(one.last));
        let more = unknown.len().saturating_sub(ROWS);
        unknown.truncate(ROWS);
        let own = json!({ "unknown": unknown, "more": more });
        self.session_page("unknown", (view, ledger), (csrf, now), own)
    }

    /// The log, the newest lines first.
    pub(super) fn log(
        &self,
        view: &View,
        ledger: &Ledger,
        (query, csrf, now): (&str, &str, u64),
    ) -> Page {
        let Some(asked) = known_fields(query, &["before"]) else {
            return Ok(None);
        };
        let before = match asked.get("before").map(|text| text.parse::<i64>()) {
            None => i64::MAX,
            Some(Ok(number)) => number,
            Some(Err(_)) => return Ok(None),
        };
        let log = ledger.log_before(None, before, LINES)?;
        let older = log
            .first()
            .map(|row| row.number)
            .filter(|number| *number > 1);
        let own =
            json!({ "log": newest_first(&log), "older": older, "is_newest": before == i64::MAX });
        self.session_page("log", (view, ledger), (csrf, now), own)
            .map(Some)
    }
}

fn newest_first(log: &[LogRow]) -> Vec<&LogRow> {
    log.iter().rev().collect()
}

/// The lines of a log that led a host from one state to another, or that tell of a start.
fn timeline(log: &[LogRow]) -> Vec<&LogRow> {
    let is_state = |row: &&LogRow| State::ALL.iter().any(|state| state.word() == row.result);
    let mut lines: Vec<&LogRow> = Vec::new();
    for row in log.iter().filter(is_state) {
        let is_same = lines
            .last()
            .is_some_and(|before| before.result == row.result);
        if !is_same || matches!(row.what.as_str(), "arm" | "booted") {
            lines.push(row);
        }
    }
    lines
}

/// A time as people and programs read it.
fn stamp(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    stamp.to_string()
}

/// How long ago something was.
fn ago(seconds: u64, now: u64) -> String {
    let passed = now.saturating_sub(seconds);
    match passed {
        0..60 => format!("{passed} s ago"),
        60..3600 => format!("{} min ago", passed / 60),
        3600..172_800 => format!("{} h ago", passed / 3600),
        _ => format!("{} days ago", passed / 86_400),
    }
}

/// The first line of a text, or the begin of a long one.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(LONGEST).collect();
    match short.len() < line.len() {
        true => format!("{short}…"),
        false => short,
    }
}

/// A text as one part of a path.
fn urlencoded(text: &str) -> String {
    let bytes = text.bytes();
    let encoded = bytes.map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    encoded.collect()
}
