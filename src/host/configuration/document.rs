//! The file host.yml.

use std::fs;
use std::io;
use std::time::Duration;

use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::host::error::Error;
use crate::host::machine::Machine;
use crate::origin::{Diagnostic, Sourced};
use crate::yaml;

/// Where it is: the image's own, and over it that of the machine, key by key.
const PLACES: [&str; 2] = ["/usr/share/terroir/host.yml", "/etc/terroir/host.yml"];

/// When a machine may start again to use an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reboot {
    /// Somebody does it.
    #[default]
    Never,
    /// When nobody is logged in.
    WhenIdle,
    /// As soon as the update is there.
    Always,
}

/// Whether shim and GRUB on the ESP follow the image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoaderUpdates {
    /// They stay as they are.
    Never,
    /// As long as the firmware would start the ones of now again.
    #[default]
    WithWayBack,
    /// Whatever becomes of the ones of now.
    Always,
}

/// How often the registry is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Schedule {
    Never,
    Hourly,
    Daily,
    Weekly,
}

/// The document as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Document {
    schedule: Option<Schedule>,
    window: Option<WrittenWindow>,
    reboot: Option<Reboot>,
    random_delay: Option<Sourced<String>>,
    pause_until: Option<Sourced<String>>,
    proxy: Option<String>,
    no_proxy: Option<String>,
    mirror: Option<String>,
    archive: Option<Sourced<String>>,
    boot_loader: Option<LoaderUpdates>,
    health: Option<WrittenHealth>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenWindow {
    #[serde(default)]
    days: Vec<Sourced<String>>,
    from: Sourced<String>,
    to: Sourced<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct WrittenHealth {
    ignore_units: Option<Vec<String>>,
    tests: Option<bool>,
    timeout: Option<Sourced<String>>,
}

/// The hours in which scheduled updates are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Days on which it begins; every day when empty.
    pub(super) days: Vec<Weekday>,
    pub(super) from: Time,
    pub(super) to: Time,
}

/// What the machine's owner says.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub(super) schedule: Schedule,
    pub(super) window: Option<Window>,
    /// When the machine may start again.
    pub reboot: Reboot,
    pub(super) random_delay: SignedDuration,
    pub(super) pause_until: Option<Timestamp>,
    /// A proxy for HTTP and HTTPS.
    pub proxy: Option<String>,
    /// What is reached without it.
    pub no_proxy: Option<String>,
    /// A registry, with or without a folder, that is asked first.
    pub mirror: Option<String>,
    /// The address of an archive of commits.
    pub archive: Option<String>,
    /// Whether shim and GRUB on the ESP follow the image.
    pub(in crate::host) boot_loader: LoaderUpdates,
    /// Units that may have failed on a healthy machine.
    pub(in crate::host) ignored_units: Vec<String>,
    /// Whether the image's own tests are checks.
    tests: bool,
    /// How long one check may take.
    check_limit: SignedDuration,
}

impl Default for Configuration {
    fn default() -> Self {
        Self::of(&Document::default()).unwrap_or_else(|_| unreachable!("it is empty"))
    }
}

impl Configuration {
    /// Reads the configuration of the machine.
    pub fn read(machine: &Machine) -> Result<Self, Error> {
        let mut whole = Document::default();
        let mut configuration = Self::default();
        for place in PLACES {
            let path = machine.file(place);
            let text = match fs::read_to_string(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(Error::file("reading", &path))?,
            };
            let read = yaml::parse(place, &text).and_then(|node| yaml::decode::<Document>(&node));
            let read = read.and_then(|document| {
                whole = document.over(std::mem::take(&mut whole));
                Self::of(&whole)
            });
            configuration = read.map_err(|problems| Error::Configuration {
                problems,
                file: place.to_owned(),
                text: text.clone(),
            })?;
        }
        Ok(configuration)
    }

    /// How long a command of the image's tests may take; none when they do not count.
    #[must_use]
    pub fn tests(&self) -> Option<Duration> {
        self.tests.then(|| self.limit())
    }

    /// How long one check may take.
    pub(in crate::host) fn limit(&self) -> Duration {
        Duration::try_from(self.check_limit).unwrap_or(Duration::from_secs(300))
    }

    #[cfg(test)]
    pub(super) fn decoded(node: &yaml::Node) -> Result<Self, Vec<Diagnostic>> {
        yaml::decode(node).and_then(|document| Self::of(&document))
    }

    fn of(document: &Document) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let health = document.health.clone().unwrap_or_default();
        let mut length = |written: &Option<Sourced<String>>, usual: SignedDuration| {
            let Some(written) = written else {
                return usual;
            };
            written.value.parse().unwrap_or_else(|_| {
                let what = format!("`{}` is not a length of time", written.value);
                let problem = Diagnostic::error(&written.origin, what);
                problems.push(problem.hint("write 45s, 30m or 2h"));
                usual
            })
        };
        let random_delay = length(&document.random_delay, SignedDuration::ZERO);
        let check_limit = length(&health.timeout, SignedDuration::from_mins(5));
        let window = document.window.as_ref();
        let window = window.and_then(|written| window_of(written, &mut problems));
        let pause = document.pause_until.as_ref();
        let pause_until = pause.and_then(|written| moment(written, &mut problems));
        let archive = document.archive.as_ref();
        let archive = archive.and_then(|written| address(written, &mut problems));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            schedule: document.schedule.unwrap_or(Schedule::Daily),
            window,
            reboot: document.reboot.unwrap_or_default(),
            random_delay,
            pause_until,
            proxy: document.proxy.clone(),
            no_proxy: document.no_proxy.clone(),
            mirror: document.mirror.clone(),
            ignored_units: health.ignore_units.unwrap_or_default(),
            tests: health.tests.unwrap_or(true),
            archive,
            boot_loader: document.boot_loader.unwrap_or_default(),
            check_limit,
        })
    }
}

impl Document {
    /// This document with what it leaves out taken from another.
    fn over(self, below: Self) -> Self {
        Self {
            schedule: self.schedule.or(below.schedule),
            window: self.window.or(below.window),
            reboot: self.reboot.or(below.reboot),
            random_delay: self.random_delay.or(below.random_delay),
            pause_until: self.pause_until.or(below.pause_until),
            proxy: self.proxy.or(below.proxy),
            no_proxy: self.no_proxy.or(below.no_proxy),
            mirror: self.mirror.or(below.mirror),
            archive: self.archive.or(below.archive),
            boot_loader: self.boot_loader.or(below.boot_loader),
            health: match (self.health, below.health) {
                (Some(own), Some(below)) => Some(own.over(below)),
                (own, below) => own.or(below),
            },
        }
    }
}

impl WrittenHealth {
    /// The same of what it says about health.
    fn over(self, below: Self) -> Self {
        Self {
            ignore_units: self.ignore_units.or(below.ignore_units),
            tests: self.tests.or(below.tests),
            timeout: self.timeout.or(below.timeout),
        }
    }
}

fn window_of(written: &WrittenWindow, problems: &mut Vec<Diagnostic>) -> Option<Window> {
    let mut time = |written: &Sourced<String>| {
        let read = Time::strptime("%H:%M", &written.value);
        if read.is_err() {
            let what = format!("`{}` is not a time of day", written.value);
            problems.push(Diagnostic::error(&written.origin, what).hint("write \"02:00\""));
        }
        read.ok()
    };
    let (from, to) = (time(&written.from), time(&written.to));
    let days = written.days.iter().filter_map(|day| {
        let read = weekday(&day.value);
        if read.is_none() {
            let what = format!("`{}` is not a day of the week", day.value);
            let hint = "write mon, tue, wed, thu, fri, sat or sun";
            problems.push(Diagnostic::error(&day.origin, what).hint(hint));
        }
        read
    });
    let days = days.collect();
    Some(Window {
        days,
        from: from?,
        to: to?,
    })
}

fn weekday(name: &str) -> Option<Weekday> {
    let all = [
        ("mon", Weekday::Monday),
        ("tue", Weekday::Tuesday),
        ("wed", Weekday::Wednesday),
        ("thu", Weekday::Thursday),
        ("fri", Weekday::Friday),
        ("sat", Weekday::Saturday),
        ("sun", Weekday::Sunday),
    ];
    let found = all.iter().find(|(short, _)| *short == name);
    found.map(|(_, day)| *day)
}

/// The address of a web server.
fn address(written: &Sourced<String>, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let text = &written.value;
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control();
    match rest {
        Some(rest) if !rest.is_empty() && rest.chars().all(is_plain) => Some(text.clone()),
        _ => {
            let what = format!("`{text}` is not the address of an archive");
            let hint = "write https://images.example.org/ostree";
            problems.push(Diagnostic::error(&written.origin, what).hint(hint));
            None
        }
    }
}

/// A moment: with its offset, or a day that begins in UTC.
fn moment(written: &Sourced<String>, problems: &mut Vec<Diagnostic>) -> Option<Timestamp> {
    let text = &written.value;
    let read = text.parse::<Timestamp>().or_else(|_| {
        let day: jiff::civil::Date = text.parse()?;
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC)?;
        Ok::<_, jiff::Error>(midnight.timestamp())
    });
    if read.is_err() {
        let what = format!("`{text}` is not a moment");
        let hint = "write 2027-01-31 or 2027-01-31T06:00:00Z";
        problems.push(Diagnostic::error(&written.origin, what).hint(hint));
    }
    read.ok()
}
