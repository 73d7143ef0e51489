//! Whether it is the turn of a scheduled update.

use std::fs;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

use super::document::{Configuration, Schedule, Window};
use crate::host::error::Error;
use crate::host::machine::{Machine, says};
use crate::oci::Digest;

/// What a scheduled run does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It looks for an update.
    Now,
    /// It does nothing, for this reason.
    NotNow(String),
}

/// Decides whether it is the turn of a scheduled run.
///
/// The delay of a machine is always the same, made from its id: machines of one configuration come
/// one after the other.
#[must_use]
pub fn turn(
    configuration: &Configuration,
    machine: &Machine,
    checked: Option<Timestamp>,
    now: Timestamp,
) -> Turn {
    let delay = delay(machine, configuration.random_delay);
    due(configuration, delay, checked, &now.to_zoned(zone(machine)))
}

fn due(
    configuration: &Configuration,
    delay: SignedDuration,
    checked: Option<Timestamp>,
    now: &Zoned,
) -> Turn {
    if let Some(until) = configuration
        .pause_until
        .filter(|until| now.timestamp() < *until)
    {
        return Turn::NotNow(format!("updates are paused until {until}"));
    }
    let period = match configuration.schedule {
        Schedule::Never => return Turn::NotNow("the schedule is `never`".to_owned()),
        Schedule::Hourly => SignedDuration::from_hours(1),
        Schedule::Daily => SignedDuration::from_hours(24),
        Schedule::Weekly => SignedDuration::from_hours(24 * 7),
    };
    if let Some(window) = &configuration.window {
        return within(window, delay, period, checked, now);
    }
    // A timer that is a little early does not wait for the whole next period.
    let slack = SignedDuration::from_mins(10);
    match checked.map(|checked| checked + period + delay - slack) {
        Some(next) if now.timestamp() < next => Turn::NotNow(format!(
            "the registry was asked not long ago; next time at {next:.0}"
        )),
        _ => Turn::Now,
    }
}

/// With a window: once a period, and only in its hours.
fn within(
    window: &Window,
    delay: SignedDuration,
    period: SignedDuration,
    checked: Option<Timestamp>,
    now: &Zoned,
) -> Turn {
    let opened = [0, 1].into_iter().find_map(|days_ago| {
        let day = now.date().checked_sub(days_ago.days()).ok()?;
        let is_day = window.days.is_empty() || window.days.contains(&day.weekday());
        let from = day.to_datetime(window.from);
        let from = from.to_zoned(now.time_zone().clone()).ok()?;
        let last = match window.to > window.from {
            true => day,
            false => day.tomorrow().ok()?,
        };
        let to = last.to_datetime(window.to);
        let to = to.to_zoned(now.time_zone().clone()).ok()?;
        (is_day && from <= *now && *now < to).then_some((from.timestamp(), to.timestamp()))
    });
    let Some((from, to)) = opened else {
        let (from, to) = (window.from, window.to);
        return Turn::NotNow(format!("updates are made from {from} to {to} only"));
    };
    // At least half of the window is left to the last machine.
    let half = to.duration_since(from) / 2;
    let from = from + delay.min(half);
    if now.timestamp() < from {
        return Turn::NotNow(format!("this machine's turn begins at {from:.0}"));
    }
    let since = match period > SignedDuration::from_hours(1) {
        true => from - (period - SignedDuration::from_hours(24)),
        false => now.timestamp() - period,
    };
    match checked {
        Some(checked) if checked >= since => {
            Turn::NotNow("the registry was asked in this window already".to_owned())
        }
        _ => Turn::Now,
    }
}

/// The part of the longest delay that is this machine's.
fn delay(machine: &Machine, longest: SignedDuration) -> SignedDuration {
    let id = fs::read(machine.file("/etc/machine-id")).unwrap_or_default();
    let hex = Digest::of(&[b"terroir-delay".as_slice(), &id].concat()).short();
    let share = i64::from_str_radix(&hex, 16).unwrap_or_default() % 10_000;
    longest * i32::try_from(share).unwrap_or_default() / 10_000
}

/// The machine's own time zone.
fn zone(machine: &Machine) -> TimeZone {
    let data = fs::read(machine.file("/etc/localtime"));
    let zone = data
        .ok()
        .and_then(|data| TimeZone::tzif("local", &data).ok());
    zone.unwrap_or(TimeZone::UTC)
}

/// Whether nobody is logged in.
pub fn is_idle() -> Result<bool, Error> {
    let arguments = ["list-sessions", "--no-legend"];
    let sessions = says("loginctl", &arguments, Duration::from_secs(30))?;
    Ok(sessions.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(text: &str) -> Configuration {
        let node = crate::yaml::parse("host.yml", text).expect("YAML");
        Configuration::decoded(&node).expect("valid")
    }

    const NIGHT: &str = "window: {days: [sat], from: \"22:00\", to: \"04:00\"}\nschedule: weekly";

    /// Configuration, delay in hours, when the registry was asked, now, whether it is the turn; all
    /// in November 2026, whose 28th is a Saturday.
    const CASES: [(&str, i64, &str, &str, bool); 18] = [
        ("schedule: daily", 0, "", "28T12:00", true),
        ("schedule: never", 0, "", "28T12:00", false),
        ("schedule: daily", 0, "28T00:00", "28T12:00", false),
        ("schedule: hourly", 0, "28T11:00", "28T11:55", true),
        ("schedule: daily", 3, "27T11:00", "28T12:00", false),
        ("schedule: daily", 3, "27T09:00", "28T12:00", true),
        ("pause-until: 2026-11-29", 0, "", "28T23:59", false),
        ("pause-until: 2026-11-29", 0, "", "29T00:01", true),
        (NIGHT, 0, "", "28T21:59", false),
        (NIGHT, 0, "", "28T22:00", true),
        (NIGHT, 0, "", "29T03:59", true),
        (NIGHT, 0, "", "29T04:00", false),
        (NIGHT, 0, "", "29T23:00", false),
        (NIGHT, 2, "", "28T23:00", false),
        (NIGHT, 2, "", "29T00:30", true),
        (NIGHT, 9, "", "29T01:00", true),
        (NIGHT, 0, "28T22:30", "29T01:00", false),
        (NIGHT, 0, "21T22:30", "28T22:30", true),
    ];

    #[test]
    fn a_scheduled_run_has_its_turn() {
        let moment = |text: &str| format!("2026-11-{text}:00Z").parse::<Timestamp>().ok();
        for (text, hours, checked, now, expected) in CASES {
            let now = moment(now).expect("a moment").to_zoned(TimeZone::UTC);
            let delay = SignedDuration::from_hours(hours);
            let found = due(&configuration(text), delay, moment(checked), &now);
            assert_eq!(
                found == Turn::Now,
                expected,
                "{text} {checked} {now}: {found:?}"
            );
        }
    }
}
