//! `terroir kickstart volume`: a kickstart as a small volume that Anaconda finds by its label.

use std::fs;

use crate::cli::arguments::kickstart::Volume;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{Installer, RelativePath, answer, oemdrv};

/// Writes the volume of a host of a rendered site.
pub(in crate::cli) fn volume(session: &Session, arguments: &Volume) -> Result<(), Failure> {
    let usage = |message: String| Failure::say(Kind::Usage, message);
    let path = answer(&arguments.host, Installer::Anaconda);
    if RelativePath::new(path.as_str()).is_none() {
        return Err(usage(format!("`{}` is not a host name", arguments.host)));
    }
    let kickstart = fs::read(arguments.folder.join(&path)).map_err(|error| {
        let folder = arguments.folder.display();
        usage(format!("{folder} has no {path}: {error}"))
            .hint("only hosts that Anaconda installs have a kickstart; render the site first")
    })?;
    let volume = oemdrv(&kickstart).map_err(usage)?;
    fs::write(&arguments.output, &volume).map_err(|error| {
        let message = format!("writing {}: {error}", arguments.output.display());
        Failure::say(Kind::Outside, message)
    })?;
    session.printer.line(format!(
        "{}  {} bytes, label OEMDRV",
        arguments.output.display(),
        volume.len()
    ));
    Ok(())
}
