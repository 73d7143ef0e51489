//! What a run knows of its machine: read here once, passed on as values.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Mutex;

use super::arguments::{Compression, Global};
use super::confinement::default_isolation;
use super::failure::{Failure, Kind};
use super::output::Printer;
use crate::build::{Outside, Reach};
use crate::oci::{Platform, parse_platform, usual_platform};
use crate::recipe::Sources;
use crate::registry::{Registry, Settings};
use crate::store::Store;
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

    /// Opens the store.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        let named = self.global.store.clone();
        let path = match named.or_else(|| variable("TERROIR_STORE").map(PathBuf::from)) {
            Some(path) => path,
            None => default_store()?,
        };
        Store::open(&path).map_err(|error| Failure::new(Kind::Outside, &error))
    }

    /// The registry client; nothing is connected before it is used.
    pub(super) fn registry(&self) -> Registry {
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
        Registry::new(settings)
    }

    /// Where parents are found.
    pub(super) fn outside(&self, store: Store, reach: Reach, compression: Compression) -> Outside {
        let printer = self.printer.clone();
        Outside::new(store, Some(self.registry()), reach, codec(compression))
            .epoch(self.epoch)
            .confining(default_isolation())
            .saying(move |what| printer.progress(what))
    }
}

/// The day, by which exceptions expire.
pub(super) fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
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
        parse_platform(usual_platform(name)).ok_or_else(|| {
            Failure::say(Kind::Usage, format!("`{name}` is no platform"))
                .hint("write os/architecture: linux/amd64")
        })
    };
    names.iter().map(platform).collect()
}
