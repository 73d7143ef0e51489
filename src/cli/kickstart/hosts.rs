//! `terroir kickstart arm`, `disarm`, `retire`, `wipe`, `status` and `recovery-key`: orders to the install
//! server, and questions, by its file of states.

use serde_json::{Value, json};

use super::serve::clock;
use crate::cli::arguments::kickstart::{Arm, Hosts, RecoveryKey, States, Status};
use crate::cli::arguments::options::Format;
use crate::cli::context::random::random;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::origin::did_you_mean;
use crate::serve::{Error, Event, HostState, Ledger, LogRow};

/// Who gives orders here.
const CONSOLE: &str = "console";

/// Lets hosts install themselves.
pub(in crate::cli) fn arm(session: &Session, arguments: &Arm) -> Result<(), Failure> {
    let event = || {
        Ok(Event::Arm {
            token: format!("{:032x}", random()?),
            again: arguments.again,
        })
    };
    order(session, &arguments.hosts, &event)
}

/// Takes that back.
pub(in crate::cli) fn disarm(session: &Session, arguments: &Hosts) -> Result<(), Failure> {
    order(session, arguments, &|| Ok(Event::Disarm))
}

/// Notes that hosts are not used any more.
pub(in crate::cli) fn retire(session: &Session, arguments: &Hosts) -> Result<(), Failure> {
    order(session, arguments, &|| Ok(Event::Retire))
}

/// Lets hosts clear their disks.
pub(in crate::cli) fn wipe(session: &Session, arguments: &Hosts) -> Result<(), Failure> {
    let event = || {
        let token = format!("{:032x}", random()?);
        Ok(Event::Wipe { token })
    };
    order(session, arguments, &event)
}

/// Carries an order out for each host; one that is refused does not hinder the others.
fn order(
    session: &Session,
    arguments: &Hosts,
    event: &dyn Fn() -> Result<Event, Failure>,
) -> Result<(), Failure> {
    let ledger = open(&arguments.states)?;
    are_known(&ledger, &arguments.hosts)?;
    let mut refused = Vec::new();
    for host in &arguments.hosts {
        match ledger.happen((host, &event()?), CONSOLE, clock()) {
            Ok(state) => session.printer.line(format!("{host}  {}", state.state)),
            Err(Error::Refused { host, why }) => refused.push(format!("{host}: {why}")),
            Err(error) => return Err(fail(&error)),
        }
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Failure::say(Kind::No, refused.join("; "))),
    }
}

/// Refuses hosts that nothing is known of.
fn are_known(ledger: &Ledger, hosts: &[String]) -> Result<(), Failure> {
    let known = ledger.hosts().map_err(|error| fail(&error))?;
    let Some(unknown) = hosts.iter().find(|host| !known.contains_key(*host)) else {
        return Ok(());
    };
    let failure = Failure::say(Kind::Usage, format!("there is no host {unknown}"));
    Err(
        match did_you_mean(unknown, known.keys().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint("`terroir kickstart status` lists the hosts of the inventory"),
        },
    )
}

/// Shows recovery keys.
pub(in crate::cli) fn recovery_key(
    session: &Session,
    arguments: &RecoveryKey,
) -> Result<(), Failure> {
    let ledger = open(&arguments.states)?;
    let host = &arguments.host;
    are_known(&ledger, std::slice::from_ref(host))?;
    let keys = ledger
        .recovery_keys(host, CONSOLE, clock())
        .map_err(|error| fail(&error))?;
    if keys.is_empty() {
        let message = format!("{host} has reported no recovery key");
        return Err(Failure::say(Kind::No, message));
    }
    if arguments.print.format == Format::Json {
        session
            .printer
            .json(&json!({ "host": host, "recovery-keys": keys }));
        return Ok(());
    }
    for key in &keys {
        let device = if key.device.is_empty() {
            "-"
        } else {
            &key.device
        };
        let line = format!("{}  {device}  {}", time(key.time), key.key);
        session.printer.line(printable(&line));
    }
    Ok(())
}

/// Shows states.
pub(in crate::cli) fn status(session: &Session, arguments: &Status) -> Result<(), Failure> {
    let ledger = open(&arguments.states)?;
    let mut hosts = ledger.hosts().map_err(|error| fail(&error))?;
    if let Some(only) = &arguments.host {
        hosts.retain(|name, _| name == only);
        if hosts.is_empty() {
            return Err(Failure::say(
                Kind::Usage,
                format!("there is no host {only}"),
            ));
        }
    }
    let strangers = match &arguments.host {
        Some(_) => Vec::new(),
        None => ledger.strangers().map_err(|error| fail(&error))?,
    };
    let log = match arguments.log {
        Some(lines) => ledger
            .log(arguments.host.as_deref(), lines)
            .map_err(|error| fail(&error))?,
        None => Vec::new(),
    };
    if arguments.print.format == Format::Json {
        let mut all = json!({ "hosts": hosts, "unknown": strangers, "log": log });
        let hosts = all.get_mut("hosts").and_then(Value::as_object_mut);
        for host in hosts.into_iter().flat_map(|hosts| hosts.values_mut()) {
            // With them somebody else could say that he is the host.
            for token in ["token", "running"] {
                host.as_object_mut().and_then(|host| host.remove(token));
            }
        }
        session.printer.json(&all);
        return Ok(());
    }
    let width = hosts.keys().map(String::len).max().unwrap_or(0);
    for (name, state) in &hosts {
        let since = time(state.since);
        let said = said(state);
        let line = format!("{name:<width$}  {:<10}  {since}  {said}", state.state);
        session.printer.line(line.trim_end());
    }
    for one in &strangers {
        let last = time(one.last);
        session.printer.line(format!(
            "{}  not in the inventory, {} times, last {last} from {}",
            one.name, one.times, one.address
        ));
    }
    for row in &log {
        session.printer.line(line(row));
    }
    Ok(())
}

/// What matters of a host's state.
fn said(state: &HostState) -> String {
    let mut parts = Vec::new();
    parts.extend((state.attempt > 1).then(|| format!("attempt {}", state.attempt)));
    parts.extend(state.digest.clone());
    parts.extend(state.message.lines().next().map(str::to_owned));
    if state.state.installs() && !state.secrets.is_empty() {
        parts.push("has its secrets: if it starts over, arm it again".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    printable(&parts.join(", "))
}

fn line(row: &LogRow) -> String {
    let host = if row.host.is_empty() { "-" } else { &row.host };
    printable(&format!(
        "{}  {host}  {}  {}: {}",
        time(row.time),
        row.address,
        row.what,
        row.result
    ))
}

/// A text that does nothing to a terminal; machines wrote parts of it.
pub(in crate::cli) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn time(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let stamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    stamp.to_string()
}

/// Opens the file of states, which the server makes.
pub(in crate::cli) fn open(states: &States) -> Result<Ledger, Failure> {
    if !states.states.is_file() {
        let message = format!("there is no file {}", states.states.display());
        return Err(Failure::say(Kind::Usage, message)
            .hint("start `terroir kickstart serve` first, or name its file with --states"));
    }
    Ledger::open(&states.states).map_err(|error| fail(&error))
}

/// The failure for an error of the file.
pub(in crate::cli) fn fail(error: &Error) -> Failure {
    Failure::new(Kind::Outside, error)
}
