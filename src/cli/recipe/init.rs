//! `terroir init`: a repository to start from, which validates and plans offline.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::cli::arguments::recipe::Init;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};

/// The files of a new repository.
const FILES: &[(&str, &str)] = &[
    ("README.md", include_str!("init/README.md")),
    (".gitignore", "/out/\n"),
    ("terroir.lock", ""),
    (
        "recipes/universal/server.yml",
        include_str!("init/universal.yml"),
    ),
    ("recipes/group/server.yml", include_str!("init/group.yml")),
    ("recipes/local/server.yml", include_str!("init/local.yml")),
    ("recipes/group/files/motd", include_str!("init/motd")),
];

/// Writes a repository with one recipe for each tier into a new or empty folder.
pub(in crate::cli) fn init(session: &Session, arguments: &Init) -> Result<(), Failure> {
    let folder = &arguments.folder;
    let failed = |error: std::io::Error| {
        Failure::say(
            Kind::Outside,
            format!("writing {}: {error}", folder.display()),
        )
    };
    for (path, text) in FILES {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap_or(Path::new(""))).map_err(failed)?;
        let mut new = match fs::File::create_new(&file) {
            Ok(new) => new,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let message = format!(
                    "{} is there already, and nothing is overwritten",
                    file.display()
                );
                return Err(Failure::say(Kind::Usage, message).hint("name a new folder"));
            }
            Err(error) => return Err(failed(error)),
        };
        new.write_all(text.as_bytes()).map_err(failed)?;
        session.printer.line(file.display().to_string());
    }
    session.printer.note(&format!(
        "next: cd {} && terroir validate && terroir plan recipes/local/server.yml",
        folder.display()
    ));
    Ok(())
}
