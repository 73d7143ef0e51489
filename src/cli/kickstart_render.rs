//! `terroir kickstart render`: a site's files, written at once or not at all.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::arguments::Format;
use super::arguments_kickstart::Render;
use super::failure::{Failure, Kind};
use super::kickstart::{folder, refused, site, templates};
use super::kickstart_write::write;
use super::session::{Session, variable};
use crate::kickstart::{
    Content, File, Files, HTTP, Host, PRIVATE, PUBLIC, RelativePath, SUMS, Secret, SecretPlace,
    Site, Wanted, foreman, read_text, render as render_site, secret, secrets, sums,
};
use crate::process::{Program, run};

/// Longest time that a command may take to tell a secret.
const LIMIT: Duration = Duration::from_secs(60);
/// Largest secret, in bytes.
const MAX_SECRET: usize = 64 << 10;

/// Renders an inventory into a folder.
pub(super) fn render(session: &Session, arguments: &Render) -> Result<(), Failure> {
    let site = site(session, &arguments.inventory)?;
    if arguments.secrets && site.server.secrets != SecretPlace::Files {
        let message = "the inventory does not say that the server hands out secrets from files";
        return Err(Failure::say(Kind::Usage, message).hint(
            "leave --secrets out; or write `server: { secrets: files }`, and keep others than \
             the machine itself from reading the folder `secrets` of the web server",
        ));
    }
    let templates = templates(session, &arguments.inventory)?;
    let wanted = Wanted {
        hosts: arguments.host.iter().cloned().collect(),
        target: arguments.target,
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
        let folder = folder(&arguments.inventory);
        files.extend(secret_files(&site, &hosts, &folder)?);
    }
    let text = sums(&files);
    let place = RelativePath::new(SUMS).expect("a plain name");
    let mode = if arguments.secrets { PRIVATE } else { PUBLIC };
    let content = Content::Text(text);
    files.insert(place, File { content, mode });
    write(&files, &arguments.output)?;
    report(session, arguments, &hosts, &files);
    Ok(())
}

fn report(session: &Session, arguments: &Render, hosts: &[&Host], files: &Files) {
    let output = arguments.output.display().to_string();
    match arguments.format {
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

/// The secrets of hosts as files that only their owner may read.
fn secret_files(site: &Site, hosts: &[&Host], folder: &Path) -> Result<Files, Failure> {
    let mut files = Files::new();
    for host in hosts {
        for (name, reference) in secrets(site, host) {
            let text = resolve(&reference, folder).map_err(|why| {
                let message = format!("the secret {name} of {} ({reference}): {why}", host.name);
                Failure::say(Kind::Outside, message)
            })?;
            let path = format!("{HTTP}/{}", secret(&host.name, &name));
            let path = RelativePath::new(path).ok_or_else(|| {
                Failure::say(Kind::Usage, format!("the secret {name} has no file name"))
            })?;
            let content = Content::Text(text);
            let mode = PRIVATE;
            files.insert(path, File { content, mode });
        }
    }
    Ok(files)
}

/// Looks a secret up; what it says is in no message.
fn resolve(reference: &Secret, folder: &Path) -> Result<String, String> {
    let text = match reference {
        Secret::Env(name) => variable(name)
            .and_then(|value| value.into_string().ok())
            .ok_or_else(|| format!("the variable {name} is not set"))?,
        Secret::File(path) => read_text(&folder.join(path), MAX_SECRET)?,
        Secret::Command(line) => {
            let output = run(&Program {
                name: "sh",
                arguments: &["-c", line],
                input: b"",
                search: None,
                limit: LIMIT,
            });
            let output = output.map_err(|error| error.to_string())?;
            if output.code != Some(0) {
                return Err("the command failed".to_owned());
            }
            String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8 text".to_owned())?
        }
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(format!("{text}\n"))
}
