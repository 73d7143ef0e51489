//! A script of terroir's own in a finished root, of which nothing stays but the files that it makes.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::engine::error::Error;
use crate::engine::helper::{BindJob, BindSource, RunJob};
use crate::package::Accounts;
use crate::tree::Codec;

use super::context::{RunContext, command_environment};
use super::running::Running;
use super::trial::Trial;

/// A script.
#[derive(Debug)]
pub struct Script<'a> {
    /// Its name in the log and in errors.
    pub label: &'a str,
    /// Its text, for a shell that ends at the first command that fails.
    pub text: &'a str,
    /// Its arguments.
    pub arguments: &'a [String],
    /// Files and folders of this machine, with where the script sees them.
    pub seen: &'a [(PathBuf, &'a str)],
    /// The time that `SOURCE_DATE_EPOCH` tells, in seconds since 1970.
    pub epoch: u64,
}

impl Trial<'_> {
    /// Runs a script in the root, without network; `take` gets the folder that was its /tmp.
    ///
    /// # Errors
    /// It could not be started, failed, or what it left cannot be taken.
    pub fn make<T>(
        &self,
        script: &Script<'_>,
        take: impl FnOnce(&Path) -> io::Result<T>,
    ) -> Result<T, Error> {
        let trees = BTreeMap::new();
        let accounts = Accounts::default();
        let context = RunContext {
            accounts: &accounts,
            layers: &[],
            trees: &trees,
            environment: self.environment(),
            epoch: script.epoch,
            codec: Codec::Zstd,
            runner: self.runner(),
            outside: self.outside(),
        };
        let mut running = Running::over(context, self.layers().to_vec(), script.label)?;
        let words = ["/bin/sh", "-euc", script.text, "sh"].map(str::to_owned);
        let seen = script.seen.iter().map(|(source, target)| BindJob {
            source: BindSource::Path(source.clone()),
            target: (*target).to_owned(),
            read_only: true,
        });
        running.add_job(RunJob {
            label: script.label.to_owned(),
            arguments: words.iter().chain(script.arguments).cloned().collect(),
            environment: command_environment(context, &BTreeMap::new())
                .into_iter()
                .collect(),
            directory: "/".to_owned(),
            user: None,
            network: false,
            binds: seen.collect(),
            secrets: Vec::new(),
        });
        let folder = running.discard()?;
        take(&folder.temporary()).map_err(|source| Error::Io {
            doing: format!("taking what {} made", script.label),
            source,
        })
    }
}
