//! Checks of a rendered site that need no other program.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use super::rendered::Rendered;
use super::report::{Finding, Row};
use crate::kickstart::index::SUMS;
use crate::kickstart::output::path::{HTTP, TFTP};
use crate::oci::Digest;

/// The folder of secrets.
const SECRETS: &str = "http/secrets/";

/// Runs every check of this file.
pub(in crate::kickstart) fn own(rendered: &Rendered) -> Vec<Row> {
    vec![
        row("files as rendered", sums(rendered)),
        row("an answer for every host", answers(rendered)),
        row("hosts that get an image", installed(rendered, "image")),
        row("hosts that get packages", installed(rendered, "packages")),
        row("references", references(rendered)),
        super::needed::needed(rendered),
        row("no secret in a file", secrets(rendered)),
    ]
}

fn row(check: &str, (looked_at, findings): (usize, Vec<Finding>)) -> Row {
    Row {
        check: check.to_owned(),
        looked_at,
        skipped: None,
        findings,
    }
}

fn finding(file: &str, line: usize, message: impl Into<String>) -> Finding {
    Finding {
        file: file.to_owned(),
        line,
        message: message.into(),
    }
}

/// Every file is there and as it was written.
fn sums(rendered: &Rendered) -> (usize, Vec<Finding>) {
    let Some(Some(sums)) = rendered.files.get(SUMS) else {
        return (0, vec![finding(SUMS, 0, "it is not there")]);
    };
    let mut found = Vec::new();
    for (number, line) in sums.lines().enumerate() {
        let Some((digest, path)) = line.split_once("  ") else {
            found.push(finding(SUMS, number + 1, "this is not a digest and a file"));
            continue;
        };
        if !rendered.files.contains_key(path) {
            found.push(finding(path, 0, "it is gone"));
            continue;
        }
        let is = std::fs::read(rendered.folder.join(path));
        if !is.is_ok_and(|bytes| Digest::of(&bytes).hex() == digest) {
            let message = "it was changed after it was rendered; change the inventory instead";
            found.push(finding(path, 0, message));
        }
    }
    (sums.lines().count(), found)
}

/// No host is without an answer, and none shares what it is known by.
fn answers(rendered: &Rendered) -> (usize, Vec<Finding>) {
    let mut found = Vec::new();
    let mut count = 0;
    let mut macs: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, host) in rendered.hosts() {
        count += 1;
        let text = |key: &str| host.get(key).and_then(Value::as_str);
        match text("answer") {
            Some(answer) if rendered.files.contains_key(answer) => {
                let meta = answer.strip_suffix("user-data");
                let meta = meta.map(|folder| format!("{folder}meta-data"));
                if let Some(meta) = meta.filter(|meta| !rendered.files.contains_key(meta)) {
                    found.push(finding(
                        &meta,
                        0,
                        format!("{name} needs it beside its answer"),
                    ));
                }
            }
            Some(answer) => found.push(finding(answer, 0, format!("{name} has no answer"))),
            None => found.push(finding("site.json", 0, format!("{name} names no answer"))),
        }
        let listed = host.get("macs").and_then(Value::as_array);
        for mac in listed.into_iter().flatten().filter_map(Value::as_str) {
            if let Some(other) = macs.insert(mac, name) {
                let message = format!("{mac} belongs to {other} and to {name}");
                found.push(finding("site.json", 0, message));
            }
        }
        let known = |key: &str| text(key).is_some_and(|text| !text.is_empty());
        let has_mac = listed.is_some_and(|listed| !listed.is_empty());
        if !has_mac && !known("serial") && !known("uuid") {
            let message = format!("nothing says which machine {name} is");
            found.push(finding("site.json", 0, message));
        }
    }
    (count, found)
}

/// What installs a host fits what it gets: only some answers install images.
fn installed(rendered: &Rendered, what: &str) -> (usize, Vec<Finding>) {
    const OF_IMAGES: [&str; 2] = ["kickstart.ks", "host.json"];
    let text = |host: &Value, key: &str| {
        let text = host.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    let hosts = rendered
        .hosts()
        .filter(|(_, host)| text(host, "installs") == what);
    let count = hosts
        .inspect(|(name, host)| {
            let answer = text(host, "answer");
            let is_of_image = OF_IMAGES.iter().any(|file| answer.ends_with(file));
            if is_of_image != (what == "image") {
                let message =
                    format!("{name} is to get {what}, which its answer {answer} does not install");
                found.push(finding("site.json", 0, message));
            }
        })
        .count();
    (count, found)
}

/// What files name is there: URLs of the server, kernels and initial RAM disks.
fn references(rendered: &Rendered) -> (usize, Vec<Finding>) {
    let mut found = Vec::new();
    let mut count = 0;
    let server = rendered.index.get("server").and_then(Value::as_str);
    let server = server.unwrap_or_default();
    let elsewhere = super::needed::Elsewhere::of(rendered);
    for (path, text) in rendered.texts(|path| path.starts_with(HTTP) || path.starts_with(TFTP)) {
        for (number, line) in text.lines().enumerate() {
            if server.is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            for rest in line.split(server).skip(1) {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_./@".contains(c)));
                let named = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                let named = named.trim_start_matches('/').trim_end_matches('/');
                count += 1;
                if named.is_empty() || named.starts_with("secrets/") || named.starts_with("report/")
                {
                    continue;
                }
                let place = format!("{HTTP}/{named}");
                let folder = format!("{place}/");
                let there = rendered
                    .files
                    .range(place.clone()..)
                    .next()
                    .is_some_and(|(path, _)| *path == place || path.starts_with(&folder));
                let there = there
                    || rendered
                        .files
                        .range(folder.clone()..)
                        .next()
                        .is_some_and(|(path, _)| path.starts_with(&folder));
                // What is fetched from elsewhere has a row of its own.
                if !there && !elsewhere.has(&place) {
                    let message = format!("{server}/{named} leads to nothing below {HTTP}");
                    found.push(finding(path, number + 1, message));
                }
            }
        }
    }
    let installers = rendered.index.get("installers").and_then(Value::as_object);
    for (target, tree) in installers.into_iter().flatten() {
        for key in ["kernel", "initrd"] {
            let Some(path) = tree.get(key).and_then(Value::as_str) else {
                continue;
            };
            count += 1;
            let places = [HTTP, TFTP].map(|folder| format!("{folder}/{path}"));
            if !places
                .iter()
                .any(|place| rendered.files.contains_key(place))
            {
                let message = format!("the {key} of {target} is neither here nor below {TFTP}");
                found.push(finding(&places[0], 0, message));
            }
        }
    }
    (count, found)
}

/// No file contains what looks like a secret, but those that the inventory asks for.
fn secrets(rendered: &Rendered) -> (usize, Vec<Finding>) {
    let mut found = Vec::new();
    let mut count = 0;
    let are_files = rendered.index.get("secrets").and_then(Value::as_str) == Some("files");
    for (path, text) in &rendered.files {
        count += 1;
        if path.starts_with(SECRETS) {
            if !are_files {
                found.push(finding(path, 0, "the inventory keeps secrets out of files"));
            }
            let mode = std::fs::metadata(rendered.folder.join(path));
            let mode = mode.map_or(0, |metadata| metadata.permissions().mode());
            if mode & 0o077 != 0 {
                let message = format!("others may read it (mode {:04o})", mode & 0o7777);
                found.push(finding(path, 0, message));
            }
            continue;
        }
        for (number, line) in text.iter().flat_map(|text| text.lines()).enumerate() {
            if let Some(what) = secret(line) {
                found.push(finding(path, number + 1, format!("{what} stands here")));
            }
        }
    }
    (count, found)
}

/// What of a line is a secret, if anything.
pub(in crate::kickstart) fn secret(line: &str) -> Option<&'static str> {
    // crypt(5): $id$…$, with a salt and a hash behind it.
    let is_hash = ["$1$", "$5$", "$6$", "$y$", "$7$", "$2b$", "$gy$"]
        .iter()
        .any(|mark| {
            line.split(mark).skip(1).any(|rest| {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "./$=,".contains(c)));
                end.unwrap_or(rest.len()) >= 20
            })
        });
    if is_hash {
        return Some("the hash of a password");
    }
    if line.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if line.contains("\"auth\":") || line.contains("\"identitytoken\":") {
        return Some("a registry's credential");
    }
    for key in [
        "--passphrase=",
        "--password=",
        "--plaintext",
        "password-again password",
    ] {
        for rest in line.split(key).skip(1) {
            let value = rest.trim_start_matches('"');
            if key == "--plaintext" || !(value.is_empty() || value.starts_with(['$', '@', ' '])) {
                return Some("a password");
            }
        }
    }
    None
}
