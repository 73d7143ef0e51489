//! Changes of an image's configuration: what `ENV`, `USER`, `LABEL` … of a Containerfile say.
//!
//! Nothing of it is in the root; it is merged over the entries of a flavour and over the
//! configuration of its parent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What PATH is where an image states none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What entries change of an image's configuration; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImageConfig {
    /// Variables that containers of the image start with.
    pub environment: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Who runs in containers of the image: `user`, `user:group` or numbers.
    pub user: Option<String>,
    /// The directory that containers start in.
    pub directory: Option<String>,
    /// The program that containers start; an empty list takes the parent's away. One without a
    /// command takes the parent's command away too, as in Containerfiles.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of the program, or the program itself where there is no entry point.
    pub command: Option<Vec<String>>,
    /// Ports that it listens on: `80/tcp`, `53/udp`.
    pub ports: BTreeSet<String>,
    /// Directories whose contents outlive a container.
    pub volumes: BTreeSet<String>,
    /// The signal that ends it.
    pub stop_signal: Option<String>,
    /// How a container's health is told; only in Docker's own configuration.
    pub healthcheck: Option<Healthcheck>,
    /// Who made it.
    pub author: Option<String>,
    /// What takes the instructions of Containerfiles that are not lists; only in Docker's own
    /// configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<Vec<String>>,
}

/// How often what is run to tell whether a container is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Healthcheck {
    /// Docker's words: `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
    pub test: Vec<String>,
    /// Nanoseconds between two runs.
    pub interval: Option<u64>,
    /// Nanoseconds after which a run counts as failed.
    pub timeout: Option<u64>,
    /// Nanoseconds in which failures do not count yet.
    pub start_period: Option<u64>,
    /// Nanoseconds between two runs while it starts.
    pub start_interval: Option<u64>,
    /// Failures in a row that make it unwell.
    pub retries: Option<u64>,
}

impl ImageConfig {
    /// Tells whether nothing is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What instructions find of an image's config: its variables, user, directory and shell.
    ///
    /// A variable without a name, which no process can be given, is left out.
    #[must_use]
    pub fn of_image(config: &Value) -> Self {
        let text = |key: &str| {
            let text = config.pointer("/config")?.get(key)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let texts = |key: &str| -> Vec<&str> {
            let list = config.pointer("/config").and_then(|held| held.get(key));
            let list = list.and_then(Value::as_array).into_iter().flatten();
            list.filter_map(Value::as_str).collect()
        };
        let shell: Vec<String> = texts("Shell").into_iter().map(str::to_owned).collect();
        Self {
            environment: texts("Env")
                .into_iter()
                .filter_map(|variable| variable.split_once('='))
                .filter(|(name, _)| !name.is_empty())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            user: text("User"),
            directory: text("WorkingDir"),
            shell: Some(shell).filter(|shell| !shell.is_empty()),
            ..Self::default()
        }
    }

    /// The part of the changes that instructions of later images find again.
    #[must_use]
    pub fn started(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            user: self.user.clone(),
            directory: self.directory.clone(),
            shell: self.shell.clone(),
            ..Self::default()
        }
    }

    /// Takes the changes of a later entry in.
    pub fn merge(&mut self, later: &Self) {
        fn over<T: Clone>(value: &mut Option<T>, later: Option<&T>) {
            if let Some(later) = later {
                *value = Some(later.clone());
            }
        }
        let pairs = |map: &BTreeMap<String, String>| map.clone().into_iter();
        self.environment.extend(pairs(&later.environment));
        self.labels.extend(pairs(&later.labels));
        over(&mut self.user, later.user.as_ref());
        over(&mut self.directory, later.directory.as_ref());
        over(&mut self.entrypoint, later.entrypoint.as_ref());
        over(&mut self.command, later.command.as_ref());
        self.ports.extend(later.ports.iter().cloned());
        self.volumes.extend(later.volumes.iter().cloned());
        over(&mut self.stop_signal, later.stop_signal.as_ref());
        over(&mut self.healthcheck, later.healthcheck.as_ref());
        over(&mut self.author, later.author.as_ref());
        over(&mut self.shell, later.shell.as_ref());
    }
}
