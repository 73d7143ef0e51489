//! `terroir kickstart render`: writes the files of a site, all or none.

use std::path::Path;

use serde_json::json;

use super::inventory::{folder, read, refused, site, templates};
use super::secret::resolve;
use super::write::{write, write_to_archive};
use crate::cli::arguments::kickstart::Render;
use crate::cli::arguments::options::Format;
use crate::cli::context::session::Session;
use crate::cli::output::failure::{Failure, Kind};
use crate::kickstart::{
    ArchiveKind, Content, File, Files, HTTP, Host, PRIVATE, PUBLIC, RelativePath, SUMS,
    SecretPlace, Site, Wanted, foreman, render as render_site, secret, secrets, sums,
};
use crate::origin::Diagnostic;

/// Renders an inventory into a folder.
pub(in crate::cli) fn render(session: &Session, arguments: &Render) -> Result<(), Failure> {
    let hosts = arguments.host.iter().cloned().collect();
    let mut reading = read(session, &arguments.inventory)?;
    if let Some(target) = arguments.target {
        reading = reading.with_target(target, &hosts);
    }
    // Whether secrets are wanted that the inventory does not want in files is told below.
    let server = reading
        .inventory
        .as_ref()
        .map(|inventory| &inventory.server);
    let in_files = server.and_then(|server| server.secrets.as_ref());
    let in_files = in_files.is_some_and(|secrets| secrets.value == SecretPlace::Files);
    let needs_secrets = arguments.secrets && in_files;
    let site = site(session, &reading, &arguments.inventory, needs_secrets)?;
    if arguments.secrets && site.server.secrets != SecretPlace::Files {
        let message = "the inventory does not say that the server hands out secrets from files";
        return Err(Failure::say(Kind::Usage, message).hint(
            "leave --secrets out; or write `server: { secrets: files }`, and keep others than \
             the machine itself from reading the folder `secrets` of the web server",
        ));
    }
    let templates = templates(session, &arguments.inventory)?;
    let wanted = Wanted {
        hosts,
        tokens: false,
    };
    let mut files = render_site(&site, &templates, &wanted)
        .map_err(|problems| refused(session, &problems, &arguments.inventory))?;
    if arguments.foreman {
        let more = foreman(&site, &templates);
        files.extend(more.map_err(|problems| refused(session, &problems, &arguments.inventory))?);
    }
    let is_wanted =
        |host: &&Host| wanted.hosts.is_empty() || wanted.hosts.contains(&host.name.value);
    let hosts: Vec<&Host> = site.hosts.values().filter(is_wanted).collect();
    if arguments.secrets {
        files.extend(secret_files(session, &site, &hosts, &arguments.inventory)?);
    }
    let text = sums(&files);
    let place = RelativePath::new(SUMS).expect("a plain name");
    let mode = if arguments.secrets { PRIVATE } else { PUBLIC };
    let content = Content::Text(text);
    files.insert(place, File { content, mode });
    let name = arguments.output.to_string_lossy();
    match ArchiveKind::of_name(&name).filter(|_| !arguments.output.is_dir()) {
        Some(kind) => write_to_archive(&files, &arguments.output, (kind, mode))?,
        None => write(&files, &arguments.output)?,
    }
    report(session, arguments, &hosts, &files);
    Ok(())
}

fn report(session: &Session, arguments: &Render, hosts: &[&Host], files: &Files) {
    let output = arguments.output.display().to_string();
    match arguments.print.format {
        Format::Json => session.printer.json(&json!({
            "output": output,
            "hosts": hosts.iter().map(|host| &host.name.value).collect::<Vec<_>>(),
            "files": files.keys().map(RelativePath::as_str).collect::<Vec<_>>(),
        })),
        Format::Text if session.global.quiet => {}
        Format::Text => {
            let s = if hosts.len() == 1 { "" } else { "s" };
            session.printer.line(format!(
                "{} host{s}, {} files in {output}",
                hosts.len(),
                files.len()
            ));
        }
    }
}

/// The secrets of hosts as files that only their owner may read; all that are missing are told.
fn secret_files(
    session: &Session,
    site: &Site,
    hosts: &[&Host],
    inventory: &Path,
) -> Result<Files, Failure> {
    let folder = folder(inventory);
    let mut files = Files::new();
    let mut problems = Vec::new();
    for host in hosts {
        for (name, reference) in secrets(site, host) {
            let text = match resolve(&reference, &folder) {
                Ok(text) => text,
                Err(why) => {
                    let message =
                        format!("the secret {name} of {} ({reference}): {why}", host.name);
                    problems.push(Diagnostic::error(&reference.origin, message));
                    continue;
                }
            };
            let path = format!("{HTTP}/{}", secret(&host.name, &name));
            let path = RelativePath::new(path).ok_or_else(|| {
                Failure::say(Kind::Usage, format!("the secret {name} has no file name"))
            })?;
            let content = Content::Text(text);
            let mode = PRIVATE;
            files.insert(path, File { content, mode });
        }
    }
    match problems.is_empty() {
        true => Ok(files),
        false => Err(missing(session, &problems, inventory)),
    }
}

/// Shows the secrets that are not there: the world outside lacks them.
fn missing(session: &Session, problems: &[Diagnostic], inventory: &Path) -> Failure {
    let _ = refused(session, problems, inventory);
    let count = problems.len();
    let s = if count == 1 { " is" } else { "s are" };
    Failure::say(Kind::Outside, format!("{count} secret{s} not available"))
}
