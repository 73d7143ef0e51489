//! The session: what a run knows of its machine, read once.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use super::environment::{default_store, variable};
use super::isolation::default_isolation;
use crate::cli::arguments::options::{Compression, Global};
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::output::printer::Printer;
use crate::cli::output::units::elapsed;
use crate::engine::{Outcome, Outside, Reach, Target};
use crate::recipe::Sources;
use crate::registry::{Registry, Settings};
use crate::store::{self, Store};

/// A run of terroir.
#[derive(Debug)]
pub(in crate::cli) struct Session {
    /// What every verb takes.
    pub global: Global,
    /// What prints.
    pub printer: Printer,
    /// `SOURCE_DATE_EPOCH`, in seconds since 1970.
    pub epoch: Option<u64>,
    /// The texts of the recipes that were read, for showing errors that come later.
    sources: Mutex<Sources>,
}

impl Session {
    /// Reads what a run needs of its environment.
    pub(in crate::cli) fn new(global: Global, printer: Printer) -> Result<Self, Failure> {
        let epoch = match variable("SOURCE_DATE_EPOCH") {
            None => None,
            Some(text) => Some(
                text.to_str()
                    .and_then(|text| text.parse().ok())
                    .ok_or_else(|| {
                        Failure::say(
                            Kind::Usage,
                            format!("SOURCE_DATE_EPOCH is `{}`", text.display()),
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
    pub(in crate::cli) fn sources(&self) -> Sources {
        self.sources
            .lock()
            .map(|held| held.clone())
            .unwrap_or_default()
    }

    /// Keeps the texts of recipes.
    pub(in crate::cli) fn keep(&self, sources: &Sources) {
        if let Ok(mut held) = self.sources.lock() {
            held.take_in(sources);
        }
    }

    /// Shows what has no effect in the steps of a build.
    pub(in crate::cli) fn show_notes(&self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.printer.warnings(&outcome.notes, &self.sources());
        }
    }

    /// Opens the store, and makes it where there is none.
    pub(in crate::cli) fn store(&self) -> Result<Store, Failure> {
        Store::open(&self.store_path()?).map_err(|error| unopened(&error))
    }

    /// Opens the store to look into it: nothing is made where there is none.
    pub(in crate::cli) fn reader(&self) -> Result<Store, Failure> {
        Store::reading(&self.store_path()?).map_err(|error| unopened(&error))
    }

    /// Opens the store for a target: a recipe is built into it, anything else is only looked at.
    pub(in crate::cli) fn store_for(&self, target: &str) -> Result<Store, Failure> {
        let there = self.store_path()?.join("format").exists();
        match Target::parse(target) {
            Target::Recipe(_) if !there => self.store(),
            _ => self.reader(),
        }
    }

    /// The folder of the store.
    pub(in crate::cli) fn store_path(&self) -> Result<PathBuf, Failure> {
        let named = self.global.store.clone();
        match named.or_else(|| variable("TERROIR_STORE").map(PathBuf::from)) {
            Some(path) => Ok(path),
            None => default_store(),
        }
    }

    /// The registry client; nothing is connected before it is used.
    pub(in crate::cli) fn registry(&self) -> Registry {
        Registry::new(self.settings())
    }

    /// What the registry client needs to know of the machine.
    pub(in crate::cli) fn settings(&self) -> Settings {
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
    pub(in crate::cli) fn outside(
        &self,
        store: Store,
        reach: Reach,
        compression: Compression,
    ) -> Outside {
        let printer = self.printer.clone();
        let began = Instant::now();
        Outside::new(store, Some(self.registry()), reach, compression.codec())
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
