//! The hosts of an inventory that a medium installs: their documents, images and secrets.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::cli::arguments::installer::Installer as Arguments;
use crate::cli::context::session::Session;
use crate::cli::kickstart::inventory::{folder, read, refused, site, templates};
use crate::cli::kickstart::secret::resolve;
use crate::cli::output::engine_failure::fail;
use crate::cli::output::failure::{Failure, Kind};
use crate::cli::target::find::choose;
use crate::engine::Outside;
use crate::installer::{Carried, Document, MediumHost, PLACE, secret_place};
use crate::kickstart::{
    Files, Host, Installer, RelativePath, Site, Wanted, answer, render, secret, secrets,
};
use crate::oci::Platform;
use crate::recipe::Base;

/// What a medium has of an inventory.
#[derive(Default)]
pub(super) struct Hosts {
    /// The hosts.
    pub entries: Vec<MediumHost>,
    /// Their documents by name.
    pub documents: Vec<(String, String)>,
    /// Their images, each once.
    pub images: Vec<Carried>,
    /// Their secrets by the paths on the medium.
    pub secrets: Vec<(String, String)>,
    /// Hosts that another installer installs.
    pub others: Vec<String>,
}

/// Gathers the hosts of an inventory that terroir's own installer installs.
pub(super) fn hosts(
    session: &Session,
    (outside, platform): (&Outside, &Platform),
    (inventory, arguments): (&Path, &Arguments),
) -> Result<Hosts, Failure> {
    let reading = read(session, inventory)?;
    let site = site(session, &reading, inventory, arguments.secrets)?;
    let templates = templates(session, inventory)?;
    let wanted = Wanted {
        hosts: arguments.host.iter().cloned().collect(),
        tokens: false,
    };
    let files = render(&site, &templates, &wanted)
        .map_err(|problems| refused(session, &problems, inventory))?;
    let is_wanted =
        |host: &&Host| wanted.hosts.is_empty() || wanted.hosts.contains(&host.name.value);
    let mut gathered = Hosts::default();
    let mut against = Vec::new();
    for host in site.hosts.values().filter(is_wanted) {
        let name = &host.name.value;
        if host.installer != Installer::Own {
            gathered.others.push(name.clone());
            continue;
        }
        match gather(&site, host, (&files, arguments.secrets, inventory)) {
            Ok((document, secrets)) => {
                gathered.secrets.extend(secrets);
                gathered.documents.push((name.clone(), document));
                gathered.entries.push(entry(host));
            }
            Err(why) => against.push(format!("{name}: {why}")),
        }
    }
    if !against.is_empty() {
        let message = format!(
            "a medium cannot install each host of {}:\n  {}",
            inventory.display(),
            against.join("\n  ")
        );
        let hint = "--secrets writes the secrets to the medium; --host names the hosts that it has";
        return Err(Failure::say(Kind::No, message).hint(hint));
    }
    if gathered.entries.is_empty() {
        let message = format!(
            "{} has no host that terroir's own installer installs",
            inventory.display()
        );
        let hint = "it installs images of Debian and Ubuntu";
        return Err(Failure::say(Kind::No, message).hint(hint));
    }
    gathered.images = images(session, (outside, platform), &gathered.documents)?;
    Ok(gathered)
}

/// How a machine is known to be a host.
fn entry(host: &Host) -> MediumHost {
    MediumHost {
        name: host.name.value.clone(),
        macs: host.macs.iter().map(ToString::to_string).collect(),
        serial: host.serial.as_ref().map(|serial| serial.value.clone()),
        uuid: host.uuid.as_ref().map(|uuid| uuid.value.to_lowercase()),
    }
}

/// The document of a host and its secrets, or why a medium does not install it.
fn gather(
    site: &Site,
    host: &Host,
    (files, with_secrets, inventory): (&Files, bool, &Path),
) -> Result<(String, Vec<(String, String)>), String> {
    if host.macs.is_empty() && host.serial.is_none() && host.uuid.is_none() {
        return Err("nothing tells its machine: it has no mac, serial or uuid".to_owned());
    }
    let place = RelativePath::new(answer(&host.name, host.installer));
    let file = place.and_then(|place| files.get(&place));
    let file = file.ok_or("it has no document")?;
    let mut text = String::from_utf8_lossy(file.content.bytes()).into_owned();
    let mut written = Vec::new();
    if with_secrets {
        for (name, reference) in secrets(site, host) {
            let value = resolve(&reference, &folder(inventory))
                .map_err(|why| format!("the secret {name} ({reference}): {why}"))?;
            let own = secret_place(&host.name, &name);
            let served = format!("/{}\"", secret(&host.name, &name));
            text = at_place(&text, &served, &format!("\"{PLACE}/{own}\""));
            written.push((own, value));
        }
    }
    let outside = remote(&serde_json::from_str(&text).unwrap_or_default());
    if let Some(first) = outside.first() {
        return Err(format!(
            "its document asks a server for a secret while it is installed ({first})"
        ));
    }
    let wrong = |problems: Vec<crate::origin::Diagnostic>| {
        let texts: Vec<String> = problems.iter().map(|one| one.message.clone()).collect();
        texts.join("; ")
    };
    Document::read("host.json", &text).map_err(wrong)?;
    Ok((text, written))
}

/// The text with another string in the place of each address that ends so.
fn at_place(text: &str, end: &str, new: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let Some((before, after)) = line.split_once(end) else {
            return line.to_owned();
        };
        match before.rfind('"').and_then(|begin| before.get(..begin)) {
            Some(before) => format!("{before}{new}{after}"),
            None => line.to_owned(),
        }
    });
    lines.collect()
}

/// The addresses of secrets in a document.
fn remote(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let is_place = ["secret", "auth-file"].contains(&key.as_str());
                match value
                    .as_str()
                    .filter(|text| is_place && text.starts_with("http"))
                {
                    Some(text) => drop(found.insert(text.to_owned())),
                    None => found.extend(remote(value)),
                }
            }
        }
        Value::Array(values) => found.extend(values.iter().flat_map(remote)),
        _ => {}
    }
    found
}

/// The images that documents name, each once.
fn images(
    session: &Session,
    (outside, platform): (&Outside, &Platform),
    documents: &[(String, String)],
) -> Result<Vec<Carried>, Failure> {
    let mut images: Vec<Carried> = Vec::new();
    for (host, text) in documents {
        let document: Value = serde_json::from_str(text).unwrap_or_default();
        let reference = document
            .get("image")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some((_, digest)) = reference.split_once('@') else {
            continue;
        };
        if images.iter().any(|image| image.digest == digest) {
            continue;
        }
        session.printer.progress(&format!("asking for {reference}"));
        let found = outside.image(&Base::Image(reference.to_owned()));
        let missing = || Failure::say(Kind::Outside, format!("{reference} was not found"));
        let (image, source) = found.map_err(|error| fail(&error))?.ok_or_else(missing)?;
        let chosen = choose(&image, source.as_ref(), (platform, true)).map_err(|failure| {
            let message = format!("the image of {host}: {}", failure.message);
            Failure { message, ..failure }
        })?;
        images.push(Carried {
            digest: digest.to_owned(),
            image: chosen.clone(),
            source,
        });
    }
    Ok(images)
}
