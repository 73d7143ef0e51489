//! The text of terroir.lock: sorted, an item a line, so that version control merges it.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::Serialize;

use super::content::{LOCK_FORMAT, Lock, LockedImage, LockedPackages};
use super::line::PackageLine;
use crate::oci::sorted_json;
use crate::recipe::flavour::facts::Facts;

/// The first line, for whoever opens the file.
const HEAD: &str =
    "# What the recipes took from outside; terroir lock and terroir update write it.";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Lines { out: f };
        out.line(0, HEAD)?;
        out.line(0, &format!("format: {LOCK_FORMAT}"))?;
        if let Some(epoch) = self.epoch {
            out.line(0, &format!("epoch: {epoch}"))?;
        }
        if let Some(vendor) = &self.vendor {
            out.line(0, &format!("vendor: {}", scalar(vendor)))?;
        }
        if !self.images.is_empty() || !self.bootstraps.is_empty() {
            out.key(0, "bases")?;
            out.images(self)?;
            out.bootstraps(self)?;
        }
        if !self.packages.is_empty() {
            out.key(0, "packages")?;
        }
        for (recipe, platforms) in &self.packages {
            out.key(1, recipe)?;
            for (platform, requests) in platforms {
                out.key(2, platform)?;
                for (name, one) in requests {
                    out.key(3, name)?;
                    out.packages(one)?;
                }
            }
        }
        if !self.layers.is_empty() {
            out.key(0, "layers")?;
        }
        for (name, digest) in &self.layers {
            out.line(1, &format!("{}: {digest}", scalar(name)))?;
        }
        if !self.accounts.is_empty() {
            out.key(0, "accounts")?;
        }
        for (recipe, platforms) in &self.accounts {
            out.key(1, recipe)?;
            for (platform, accounts) in platforms {
                out.key(2, platform)?;
                out.ids("users", &accounts.users)?;
                out.ids("groups", &accounts.groups)?;
            }
        }
        Ok(())
    }
}

struct Lines<'a, W: Write> {
    out: &'a mut W,
}

impl<W: Write> Lines<'_, W> {
    fn line(&mut self, depth: usize, text: &str) -> fmt::Result {
        writeln!(self.out, "{:indent$}{text}", "", indent = depth * 2)
    }

    fn key(&mut self, depth: usize, name: &str) -> fmt::Result {
        self.line(depth, &format!("{}:", scalar(name)))
    }

    fn ids(&mut self, kind: &str, ids: &BTreeMap<String, u32>) -> fmt::Result {
        if !ids.is_empty() {
            self.key(3, kind)?;
        }
        for (name, id) in ids {
            self.line(4, &format!("{}: {id}", scalar(name)))?;
        }
        Ok(())
    }

    fn images(&mut self, lock: &Lock) -> fmt::Result {
        if !lock.images.is_empty() {
            self.key(1, "images")?;
        }
        for (reference, LockedImage { digest, platforms }) in &lock.images {
            self.key(2, reference)?;
            self.line(3, &format!("digest: {digest}"))?;
            if !platforms.is_empty() {
                self.key(3, "platforms")?;
            }
            for (platform, one) in platforms {
                self.key(4, platform)?;
                self.line(5, &format!("manifest: {}", one.manifest))?;
                self.line(5, &format!("facts: {}", facts(&one.facts)))?;
                self.line(5, &format!("record: {}", one.record))?;
            }
        }
        Ok(())
    }

    fn bootstraps(&mut self, lock: &Lock) -> fmt::Result {
        if !lock.bootstraps.is_empty() {
            self.key(1, "bootstraps")?;
        }
        for (name, platforms) in &lock.bootstraps {
            self.key(2, name)?;
            for (platform, one) in platforms {
                self.key(3, platform)?;
                self.line(4, &format!("date: {}", one.date))?;
                self.line(4, &format!("facts: {}", facts(&one.facts)))?;
                self.line(4, &format!("layer: {}", one.layer))?;
                if !one.releases.is_empty() {
                    self.key(4, "releases")?;
                }
                for (url, digest) in &one.releases {
                    self.line(5, &format!("{}: {digest}", scalar(url)))?;
                }
            }
        }
        Ok(())
    }

    fn packages(&mut self, one: &LockedPackages) -> fmt::Result {
        self.line(4, &format!("entry: {}", scalar(&one.entry)))?;
        self.line(4, &format!("request: {}", scalar(&one.request)))?;
        if !one.resolution.packages.is_empty() {
            self.key(4, "packages")?;
        }
        for package in &one.resolution.packages {
            let line = PackageLine(package.clone()).to_string();
            self.line(5, &format!("- {}", scalar(&line)))?;
        }
        Ok(())
    }
}

/// Facts on one line: JSON is YAML too.
fn facts(facts: &Facts) -> String {
    json(facts)
}

fn json(value: &impl Serialize) -> String {
    String::from_utf8_lossy(&sorted_json(value)).into_owned()
}

/// A text as YAML takes it for that text: as it is where nothing in it means anything, else quoted.
fn scalar(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || " ._/@=+~%-".contains(c) || c == ':';
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(harmless)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    match plain {
        true => text.to_owned(),
        false => json(&text),
    }
}
