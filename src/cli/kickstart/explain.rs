//! `terroir kickstart explain`: where the values of a host come from.

use serde_json::{Map, Value, json};

use super::inventory::{read, refused};
use crate::cli::arguments::kickstart::ExplainHost;
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::Statement;
use crate::origin::did_you_mean;
use crate::setting::matches;

/// Prints the values of a host with the places that they come from.
pub(in crate::cli) fn explain(session: &Session, arguments: &ExplainHost) -> Result<(), Failure> {
    let reading = read(session, &arguments.inventory)?;
    let Some(host) = reading.host(&arguments.host) else {
        if !reading.problems.is_empty() {
            return Err(refused(session, &reading.problems, &arguments.inventory));
        }
        let message = format!("there is no host {}", arguments.host);
        let failure = Failure::say(Kind::No, message);
        let names = reading.hosts.iter().map(|host| host.name.value.as_str());
        return Err(match did_you_mean(&arguments.host, names) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure,
        });
    };
    let all = host.statements();
    let key = arguments.key.as_deref().unwrap_or("*");
    // `storage` stands for all that is below it.
    let below = format!("{key}.*");
    let chosen: Vec<&(String, Vec<Statement>)> = all
        .iter()
        .filter(|(name, _)| matches(key, name) || matches(&below, name))
        .collect();
    if chosen.is_empty() {
        let failure = Failure::say(
            Kind::No,
            format!("nothing sets {key} of {}", arguments.host),
        );
        let names = all.iter().map(|(name, _)| name.as_str());
        return Err(match did_you_mean(key, names) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure.hint("without a key all values are listed"),
        });
    }
    match arguments.print.format {
        Format::Json => {
            let all: Map<String, Value> = chosen
                .iter()
                .map(|(name, chain)| (name.clone(), chain.iter().map(as_json).collect()))
                .collect();
            session.printer.json(&all);
        }
        Format::Text => match chosen.as_slice() {
            [(name, chain)] if arguments.key.is_some() => print_chain(session, name, chain),
            chosen => {
                for (name, chain) in chosen {
                    print_line(session, name, chain);
                }
            }
        },
    }
    Ok(())
}

fn as_json(statement: &Statement) -> Value {
    json!({ "level": statement.level, "value": statement.value, "origin": statement.origin })
}

/// A value in one line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn print_line(session: &Session, name: &str, chain: &[Statement]) {
    if let Some(last) = chain.last() {
        let value = shown(&last.value);
        let from = format!("{} ({})", last.level, last.origin);
        session.printer.line(format!("{name} = {value}  <- {from}"));
    }
}

fn print_chain(session: &Session, name: &str, chain: &[Statement]) {
    session.printer.line(name);
    session.printer.line("");
    let width = |text: fn(&Statement) -> usize| chain.iter().map(text).max().unwrap_or(0);
    let level = width(|one| one.level.len());
    let value = width(|one| shown(&one.value).chars().count()).min(60);
    for (position, one) in chain.iter().enumerate() {
        let mark = if position + 1 == chain.len() {
            "=>"
        } else {
            "  "
        };
        session.printer.line(format!(
            "{mark} {:<level$}  {:<value$}  {}",
            one.level,
            shown(&one.value),
            one.origin
        ));
    }
}
