//! Commands of package managers: network, caches, files of the repository.

use std::collections::BTreeMap;

use super::plan::many;
use crate::action::{Action, Command, Input, Mount, MountSource, Sharing};

/// Where a command finds the repository's files that it is given.
pub(in crate::module) const FILES: &str = "/run/inputs";

/// A command with network and caches, each a name and where it appears.
pub(in crate::module) fn cached(
    label: &str,
    arguments: Vec<String>,
    caches: &[(&str, &str)],
) -> Command {
    let mut command = Command::new(label, arguments);
    command.network = true;
    command.mounts = caches
        .iter()
        .map(|(name, target)| Mount {
            target: (*target).to_owned(),
            source: MountSource::Cache {
                name: (*name).to_owned(),
                sharing: Sharing::Locked,
            },
            read_only: false,
        })
        .collect();
    command
}

/// The mount that shows files of the repository below [`FILES`], by their path in it.
pub(in crate::module) fn inputs_mount(inputs: &[Input]) -> Option<Mount> {
    let files: BTreeMap<String, Input> = inputs
        .iter()
        .map(|input| (input.path.clone(), input.clone()))
        .collect();
    (!files.is_empty()).then(|| Mount {
        target: FILES.to_owned(),
        source: MountSource::Inputs(files),
        read_only: true,
    })
}

/// Lines of shell that end at the first error, without network.
pub(in crate::module) fn sh(label: &str, script: &str, arguments: &[String]) -> Action {
    let mut words = many(&["/bin/sh", "-euc", script, "sh"]);
    words.extend_from_slice(arguments);
    Action::Run(Box::new(Command::new(label, words)))
}

/// Words as a shell reads them back; `%OS_VERSION%` becomes the version of the sourced os-release.
pub(in crate::module) fn quoted(words: &[String]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@+".contains(&byte);
    let quote = |word: &String| match word.as_str() {
        word if !word.is_empty() && word.bytes().all(plain) => word.to_owned(),
        word => {
            let literal = word.replace('\'', r"'\''");
            format!(
                "'{}'",
                literal.replace("%OS_VERSION%", r#"'"$VERSION_ID"'"#)
            )
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}
