//! Metrics, in the text format of Prometheus (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::view::View;
use crate::serve::answer::Server;
use crate::serve::error::Error;
use crate::serve::fleet::{FleetRow, Why};

/// A number of something, with the labels that tell it from others.
type Sample<'a> = (Vec<(&'a str, &'a str)>, f64);

/// All metrics.
pub(super) fn metrics(server: &Server, wrong_admin: u64, now: u64) -> Result<String, Error> {
    let view = View::of(server)?;
    let strangers = server.ledger().strangers()?.len();
    let mut text = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let one = vec![(vec![("version", version)], 1.0)];
    family(
        &mut text,
        ("terroir_build_info", "gauge", "The version of terroir."),
        &one,
    );
    let counts = view.counts();
    let states = counts
        .iter()
        .map(|(state, count)| (vec![("state", *state)], float(*count)));
    let about = ("terroir_hosts", "gauge", "Hosts by state.");
    family(&mut text, about, &states.collect::<Vec<_>>());
    let about = (
        "terroir_hosts_not_as_wanted",
        "gauge",
        "Hosts that are not as the inventory wants them, by reason.",
    );
    family(&mut text, about, &reasons(&view));
    let about = (
        "terroir_unknown_machines",
        "gauge",
        "Machines that asked and are in no inventory.",
    );
    family(&mut text, about, &[(vec![], float(strangers))]);
    requests(&mut text, server);
    let about = (
        "terroir_wrong_tokens_total",
        "counter",
        "Requests with a wrong token, by who is asked for it.",
    );
    let wrong = [("host", server.wrong().total()), ("admin", wrong_admin)];
    let wrong = wrong.map(|(of, count)| (vec![("of", of)], large(count)));
    family(&mut text, about, &wrong);
    let about = (
        "terroir_log_lines_total",
        "counter",
        "Lines of the log, since the states were made.",
    );
    let last = server.ledger().last()?.unsigned_abs();
    family(&mut text, about, &[(vec![], large(last))]);
    reports(&mut text, &view, now);
    Ok(text)
}

fn reasons(view: &View) -> Vec<Sample<'static>> {
    let mut counts: BTreeMap<Why, usize> = Why::ALL.into_iter().map(|why| (why, 0)).collect();
    for why in view.rows.iter().filter_map(|row| row.why) {
        *counts.entry(why).or_insert(0) += 1;
    }
    let all = counts.into_iter();
    all.map(|(why, count)| (vec![("reason", why.words())], float(count)))
        .collect()
}

/// How machines were answered.
fn requests(text: &mut String, server: &Server) {
    let counts = server.counts().all();
    let mut answers: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut refusals: BTreeMap<(&str, u16), u64> = BTreeMap::new();
    for (key, count) in counts {
        *answers.entry((key.protocol, key.answer)).or_insert(0) += count;
        if key.answer == "refused" {
            *refusals.entry((key.protocol, key.status)).or_insert(0) += count;
        }
    }
    let about = (
        "terroir_requests_total",
        "counter",
        "Requests of machines, by protocol and by what the answer was.",
    );
    let all = answers.iter().map(|((protocol, answer), count)| {
        let labels = vec![("protocol", *protocol), ("answer", *answer)];
        (labels, large(*count))
    });
    family(text, about, &all.collect::<Vec<_>>());
    let about = (
        "terroir_refusals_total",
        "counter",
        "Requests of machines that were refused, by protocol and status of HTTP.",
    );
    let statuses: Vec<((&str, String), u64)> = refusals
        .into_iter()
        .map(|((protocol, status), count)| ((protocol, status.to_string()), count))
        .collect();
    let all = statuses.iter().map(|((protocol, status), count)| {
        let labels = vec![("protocol", *protocol), ("status", status.as_str())];
        (labels, large(*count))
    });
    family(text, about, &all.collect::<Vec<_>>());
}

/// What each host said of its last start.
fn reports(text: &mut String, view: &View, now: u64) {
    let of = |value: &dyn Fn(&FleetRow) -> Option<f64>| -> Vec<(String, f64)> {
        let rows = view.rows.iter();
        rows.filter_map(|row| Some((row.host.clone(), value(row)?)))
            .collect()
    };
    let mut family_of = |about, values: Vec<(String, f64)>| {
        let samples = values
            .iter()
            .map(|(host, value)| (vec![("host", host.as_str())], *value));
        family(text, about, &samples.collect::<Vec<_>>());
    };
    family_of(
        (
            "terroir_host_as_wanted",
            "gauge",
            "Whether a host has the image that the inventory wants.",
        ),
        of(&|row| Some(f64::from(u8::from(row.why.is_none())))),
    );
    family_of(
        (
            "terroir_host_last_report_timestamp_seconds",
            "gauge",
            "When a host reported its last start.",
        ),
        of(&|row| Some(large(row.report.as_ref()?.time))),
    );
    family_of(
        (
            "terroir_host_last_report_age_seconds",
            "gauge",
            "How long ago a host reported its last start.",
        ),
        of(&|row| Some(large(now.saturating_sub(row.report.as_ref()?.time)))),
    );
    family_of(
        (
            "terroir_host_failed_units",
            "gauge",
            "Units of systemd that failed at the last start of a host.",
        ),
        of(&|row| Some(float(row.report.as_ref()?.failed_units.len()))),
    );
    family_of(
        (
            "terroir_host_audit_score_percent",
            "gauge",
            "The score of the audit at the last start of a host.",
        ),
        of(&|row| row.report.as_ref()?.audit_score),
    );
}

/// Writes the samples of one metric; one without samples is left out.
fn family(text: &mut String, (name, kind, help): (&str, &str, &str), samples: &[Sample<'_>]) {
    if samples.is_empty() {
        return;
    }
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    for (labels, value) in samples {
        let labels = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
        let labels: Vec<String> = labels.collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

/// The value of a label.
fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// A count; those beyond 2^32 are rounded.
fn large(count: u64) -> f64 {
    let high = u32::try_from(count >> 32).map_or(f64::INFINITY, f64::from);
    let low = u32::try_from(count & u64::from(u32::MAX)).map_or(0.0, f64::from);
    high * 4_294_967_296.0 + low
}
