//! Manual pages, one for terroir and one for each verb, as packages hold them.

use super::arguments::command::command;
use super::arguments::machine::Man;
use super::output::failure::{Failure, Kind};

/// Writes the pages of section 1 into a folder.
pub(super) fn man(arguments: &Man) -> Result<(), Failure> {
    clap_mangen::generate_to(with_examples(command()), &arguments.folder).map_err(|error| {
        let folder = arguments.folder.display();
        Failure::say(Kind::Outside, format!("writing into {folder}: {error}"))
    })
}

/// Pages have no place for what stands above the usage; the examples come at their end.
fn with_examples(command: clap::Command) -> clap::Command {
    let command = match command.get_before_help().cloned() {
        Some(example) => command.after_help(example),
        None => command,
    };
    command.mut_subcommands(with_examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shown_verb_has_a_page() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let arguments = Man {
            folder: folder.path().to_owned(),
        };
        man(&arguments).expect("written");
        for verb in command().get_subcommands() {
            let page = folder.path().join(format!("terroir-{}.1", verb.get_name()));
            assert_eq!(page.is_file(), !verb.is_hide_set(), "{}", page.display());
        }
        assert!(folder.path().join("terroir.1").is_file());
    }
}
