//! `terroir explain`: where a value comes from, what it replaced, and why it is in force.

use serde_json::{Value, json};

use super::control::{Explained, control_of, explain_control, shown};
use super::karg::{is_karg, print_words};
use crate::cli::arguments::options::{Compression, Format};
use crate::cli::arguments::recipe::Explain;
use crate::cli::context::platform::{host, platforms};
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::repository::load::load;
use crate::cli::target::find::{choose, find};
use crate::cli::target::record::read_record;
use crate::engine::{Reach, Target};
use crate::origin::did_you_mean;
use crate::recipe::{Claim, Claims, Exception, Mandatory};
use crate::setting::{matches, named};

/// Prints the chains of the settings that a key names.
pub(in crate::cli) fn explain(session: &Session, arguments: &Explain) -> Result<(), Failure> {
    let Known {
        claims,
        mandatory,
        exceptions,
    } = known(session, arguments)?;
    let key = arguments.key.as_deref().unwrap_or("*");
    if let Some(id) = control_of(key) {
        let of = Explained {
            claims: &claims,
            mandatory: &mandatory,
            exceptions: &exceptions,
        };
        return explain_control(session, arguments, id, of);
    }
    let chosen: Vec<(&str, &[Claim])> = claims
        .iter()
        .filter(|(held, _)| matches(key, held))
        .collect();
    if chosen.is_empty() {
        return Err(unset(key, &arguments.target, &claims));
    }
    match arguments.print.format {
        Format::Json => {
            let all: serde_json::Map<String, Value> = chosen
                .iter()
                .map(|(key, chain)| ((*key).to_owned(), json!(chain)))
                .collect();
            session.printer.json(&all);
        }
        Format::Text if arguments.key.is_some() && !key.contains('*') => {
            for (key, chain) in chosen {
                print_chain(session, key, chain, &mandatory);
                if is_karg(key) {
                    print_words(session, &claims, &[key]);
                }
            }
        }
        Format::Text => {
            let given = |(key, chain): &(&str, &[Claim])| {
                let list = chain.last().and_then(|claim| claim.value.get("given"));
                is_karg(key)
                    && list
                        .and_then(Value::as_array)
                        .is_some_and(|list| !list.is_empty())
            };
            let (kargs, others): (Vec<_>, Vec<_>) = chosen.into_iter().partition(given);
            others
                .iter()
                .for_each(|(key, chain)| print_line(session, key, chain));
            let kargs: Vec<&str> = kargs.iter().map(|(key, _)| *key).collect();
            print_words(session, &claims, &kargs);
        }
    }
    Ok(())
}

/// The failure that nothing sets a key.
fn unset(key: &str, target: &str, claims: &Claims) -> Failure {
    let failure = Failure::say(Kind::No, format!("nothing sets {key} in {target}"));
    match did_you_mean(key, claims.iter().map(|(held, _)| held)) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None => failure.hint("without a key all settings are listed"),
    }
}

/// The settings and rules of a target.
struct Known {
    claims: Claims,
    mandatory: Vec<Mandatory>,
    exceptions: Vec<Exception>,
}

/// The settings of a target: of a recipe without building it, of an image from its record.
fn known(session: &Session, arguments: &Explain) -> Result<Known, Failure> {
    let wanted = platforms(arguments.platform.as_slice())?;
    if let Target::Recipe(recipe) = Target::parse(&arguments.target) {
        let outside = session.outside(session.reader()?, Reach::Offline, Compression::Zstd);
        let flavours = load(session, &outside, &recipe, &wanted)?;
        let flavour = flavours
            .first()
            .ok_or_else(|| Failure::say(Kind::Usage, "the recipe names no platform"))?;
        return Ok(Known {
            claims: flavour.claims.clone(),
            mandatory: flavour.mandatory.clone(),
            exceptions: flavour.exceptions.clone(),
        });
    }
    let outside = session.outside(session.reader()?, Reach::Missing, Compression::Zstd);
    let (image, source) = find(session, &outside, &arguments.target)?;
    let platform = wanted.first().cloned().unwrap_or_else(host);
    let chosen = choose(&image, source.as_ref(), (&platform, !wanted.is_empty()))?;
    let (_, record) = read_record(chosen, &source, &outside)?;
    let record = record.ok_or_else(|| {
        Failure::say(
            Kind::No,
            format!("{} has no flavour record", arguments.target),
        )
        .hint("only images that terroir built can tell where their values come from")
    })?;
    Ok(Known {
        claims: record.settings.clone(),
        mandatory: record.mandatory.clone(),
        exceptions: record.exceptions.clone(),
    })
}

fn print_line(session: &Session, key: &str, chain: &[Claim]) {
    let Some(last) = chain.last() else { return };
    let from = format!("{} ({})", last.flavour, last.origin);
    session
        .printer
        .line(format!("{}  <- {from}", shown(key, &last.value)));
}

fn print_chain(session: &Session, key: &str, chain: &[Claim], mandatory: &[Mandatory]) {
    let Some((last, before)) = chain.split_last() else {
        return;
    };
    session.printer.line(key);
    session.printer.line("");
    let width = chain
        .iter()
        .map(|claim| claim.flavour.len())
        .max()
        .unwrap_or(0);
    let values: Vec<String> = chain.iter().map(|claim| shown(key, &claim.value)).collect();
    let widest = values
        .iter()
        .map(|value| value.chars().count())
        .max()
        .unwrap_or(0)
        .min(60);
    for (position, (claim, value)) in chain.iter().zip(&values).enumerate() {
        let mark = if position + 1 == chain.len() {
            "=>"
        } else {
            "  "
        };
        let controls = match claim.controls.as_slice() {
            [] => String::new(),
            some => format!("  [{}]", some.join(", ")),
        };
        session.printer.line(format!(
            "{mark} {:<9} {:<width$}  {value:<widest$}  {}{controls}",
            claim.tier.to_string(),
            claim.flavour,
            claim.origin
        ));
    }
    session.printer.line("");
    session.printer.line(why(last, before));
    for rule in mandatory.iter().filter(|rule| binds(rule, key, last)) {
        session.printer.line(format!(
            "mandatory since {} ({}), {}",
            rule.flavour, rule.tier, rule.origin
        ));
    }
}

fn binds(rule: &Mandatory, key: &str, claim: &Claim) -> bool {
    match rule.pattern.strip_prefix("control:") {
        Some(pattern) => claim
            .controls
            .iter()
            .any(|control| matches(pattern, control)),
        None => named(&rule.pattern, key, &claim.value),
    }
}

/// Why the last claim is in force.
fn why(last: &Claim, before: &[Claim]) -> String {
    match before.last() {
        None => format!("{} is the only one to set it", last.flavour),
        Some(held) if held.value.get("given").is_some() && held.value != last.value => {
            format!("{} changed the list that it got", last.flavour)
        }
        Some(held) if held.flavour == last.flavour && last.overrides => {
            "the later entry of the recipe says `override: true`".to_owned()
        }
        Some(held) if held.flavour == last.flavour => "the later entry of a recipe wins".to_owned(),
        Some(held) if held.value == last.value => {
            format!("{} repeats the value of {}", last.flavour, held.flavour)
        }
        Some(held) => format!(
            "{} derives from {}; the flavour below overrides its parent",
            last.flavour, held.flavour
        ),
    }
}
