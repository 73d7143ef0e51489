//! What a run knows of its machine: read here once, passed on as values.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Instant, SystemTime};

use super::arguments::{Compression, Global};
use super::confinement::default_isolation;
use super::failure::{Failure, Kind};
use super::output::Printer;
use crate::engine::{Outside, Reach, Target};
use crate::oci::{Platform, parse_platform, usual_platform};
use crate::origin::did_you_mean;
use crate::recipe::{PLATFORMS, Sources};
use crate::registry::{Registry, Settings};
use crate::store::{self, Store};
use crate::tree::Codec;

/// A run of terroir.
#[derive(Debug)]
pub(super) struct Session {
    /// What every verb takes.
    pub global: Global,
    /// What prints.
    pub printer: Printer,
    /// `SOURCE_DATE_EPOCH`, in seconds since 1970.
    pub epoch: Option<u64>,
    /// The texts of the recipes that were read, for showing errors that come later.
    sources: Mutex<Sources>,
}

/// Looks a variable of the environment up.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

impl Session {
    /// Reads what a run needs of its environment.
    pub(super) fn new(global: Global) -> Result<Self, Failure> {
        let printer = Printer::new(&global, variable("NO_COLOR").is_some());
        let epoch = match variable("SOURCE_DATE_EPOCH") {
            None => None,
            Some(text) => Some(
                text.to_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| {
                        Failure::say(
                            Kind::Usage,
                            format!("SOURCE_DATE_EPOCH is {}", text.display()),
                        )
                        .hint("it is a number of seconds since 1970")
                    })?,
            ),
        };
        Ok(Self {
            global,
            printer,
            epoch,
            sources: Mutex::default(),
        })
    }

    /// The texts of the recipes that were read so far.
    pub(super) fn sources(&self) -> Sources {
        self.sources
            .lock()
            .map(|held| held.clone())
            .unwrap_or_default()
    }

    /// Keeps the texts of recipes.
    pub(super) fn keep(&self, sources: &Sources) {
        if let Ok(mut held) = self.sources.lock() {
            held.take_in(sources);
        }
    }

    /// Opens the store, and makes it where there is none.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.store_path()?).map_err(|error| unopened(&error))
    }

    /// Opens the store to look into it: nothing is made where there is none.
    pub(super) fn reader(&self) -> Result<Store, Failure> {
        Store::reading(&self.store_path()?).map_err(|error| unopened(&error))
    }

    /// Opens the store for a target: a recipe is built into it, anything else is only looked at.
    pub(super) fn store_for(&self, target: &str) -> Result<Store, Failure> {
        let there = self.store_path()?.join("format").exists();
        match Target::parse(target) {
            Target::Recipe(_) if !there => self.store(),
            _ => self.reader(),
        }
    }

    /// The folder of the store.
    pub(super) fn store_path(&self) -> Result<PathBuf, Failure> {
        let named = self.global.store.clone();
        match named.or_else(|| variable("TERROIR_STORE").map(PathBuf::from)) {
            Some(path) => Ok(path),
            None => default_store(),
        }
    }

    /// The registry client; nothing is connected before it is used.
    pub(super) fn registry(&self) -> Registry {
        Registry::new(self.settings())
    }

    /// What the registry client needs to know of the machine.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = Settings::from_environment(variable);
        let mut insecure = self.global.insecure_registry.clone();
        if insecure.is_empty() {
            let listed = variable("TERROIR_INSECURE_REGISTRIES");
            let listed = listed.and_then(|listed| listed.into_string().ok());
            insecure.extend(
                listed
                    .iter()
                    .flat_map(|all| all.split(','))
                    .map(str::to_owned),
            );
        }
        settings.insecure.extend(insecure);
        let mut authorities = self.global.ca_file.clone();
        if authorities.is_empty() {
            authorities.extend(variable("TERROIR_CA_FILE").map(PathBuf::from));
        }
        settings.authorities.extend(authorities);
        settings
    }

    /// Where parents are found.
    pub(super) fn outside(&self, store: Store, reach: Reach, compression: Compression) -> Outside {
        let printer = self.printer.clone();
        let began = Instant::now();
        Outside::new(store, Some(self.registry()), reach, codec(compression))
            .epoch(self.epoch)
            .confining(default_isolation())
            .saying(move |what| printer.progress(&format!("{:>5}  {what}", elapsed(began))))
    }
}

fn unopened(error: &store::Error) -> Failure {
    match error {
        store::Error::Foreign(_) => Failure::new(Kind::Usage, error)
            .hint("name a new or an empty folder, or a store, with --store or TERROIR_STORE"),
        _ => Failure::new(Kind::Outside, error),
    }
}

/// The time since something began, for people: seconds, then minutes and seconds.
fn elapsed(began: Instant) -> String {
    let seconds = began.elapsed().as_secs();
    match seconds / 60 {
        0 => format!("{seconds}s"),
        minutes => format!("{minutes}m{:02}s", seconds % 60),
    }
}

/// The day, by which exceptions expire.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// The time now.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock is read in cli and passed on as a value"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

/// The codec of a compression.
pub(super) fn codec(compression: Compression) -> Codec {
    match compression {
        Compression::Zstd => Codec::Zstd,
        Compression::Gzip => Codec::Gzip,
    }
}

fn default_store() -> Result<PathBuf, Failure> {
    if rustix::process::geteuid().is_root() {
        return Ok("/var/lib/terroir".into());
    }
    let data = variable("XDG_DATA_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    data.or_else(home)
        .map(|data| data.join("terroir"))
        .ok_or_else(|| {
            Failure::say(Kind::Usage, "there is no place for the store")
                .hint("name one with --store or set HOME")
        })
}

/// The platform of this machine.
pub(super) fn host() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    parse_platform(&format!("linux/{architecture}"))
        .expect("a name and an architecture make a platform")
}

/// Reads the platforms of a command line.
pub(super) fn platforms(names: &[String]) -> Result<Vec<Platform>, Failure> {
    let platform = |name: &String| {
        let is_known = |known: &&str| {
            let rest = name.strip_prefix(*known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/v"))
        };
        let known = PLATFORMS.iter().any(is_known);
        let parsed = parse_platform(usual_platform(name));
        parsed.filter(|_| known).ok_or_else(|| {
            let failure = Failure::say(Kind::Usage, format!("`{name}` is not a platform"));
            match did_you_mean(name, PLATFORMS.iter().copied()) {
                Some(near) => failure.hint(format!("did you mean {near}?")),
                None => failure.hint("write os/architecture: linux/amd64"),
            }
        })
    };
    names.iter().map(platform).collect()
}
