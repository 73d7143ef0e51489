//! A repository, and random edits of it, of its environment and of its store.

use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::random::Random;
use crate::workspace::Workspace;

/// Files whose content is a text of small letters.
const TEXTS: [&str; 5] = [
    "files/one",
    "files/two",
    "tree/deep/a",
    "tree/b",
    "tree/run.sh",
];

pub(crate) struct Repository {
    workspace: Workspace,
    /// Whether there is a copy to go back to.
    copied: bool,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let workspace = Workspace::new();
        for text in TEXTS {
            workspace.write(text, "begin");
        }
        workspace.write("recipes/universal.yml", UNIVERSAL);
        workspace.write("recipes/group.yml", GROUP);
        workspace.write("recipes/local.yml", flavour("local", 1));
        workspace.write("recipes/other.yml", flavour("other", 1));
        workspace.write("recipes/common/shared.yml", shared(1));
        workspace.write("layers/own/layer.yml", layer(1));
        Self {
            workspace,
            copied: false,
        }
    }

    pub(crate) fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.repository().join(name)
    }

    /// A run of terroir that is not started yet.
    #[expect(clippy::disallowed_methods, reason = "tests run what they test")]
    pub(crate) fn start(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terroir"));
        command
            .args(words)
            .current_dir(self.workspace.repository())
            .env_clear()
            .env("HOME", self.workspace.path("home"))
            .env("TERROIR_STORE", self.workspace.path("store"))
            .env("SOURCE_DATE_EPOCH", "1750000000");
        command
    }

    /// Changes a value somewhere; recipes stay valid.
    pub(crate) fn edit_values(&mut self, random: &mut Random) -> String {
        let value = random.below(4);
        match random.below(6) {
            0 => {
                self.workspace
                    .write("recipes/local.yml", flavour("local", value));
            }
            1 => {
                self.workspace
                    .write("recipes/other.yml", flavour("other", value));
            }
            2 => self
                .workspace
                .write("recipes/common/shared.yml", shared(value)),
            3 => self.workspace.write("layers/own/layer.yml", layer(value)),
            _ => {
                let name = *random.of(&TEXTS);
                let text = random.text(5);
                // Its folder may be away, or a link.
                let _ = fs::write(self.path(name), &text);
                return format!("{name} = {text}");
            }
        }
        format!("a recipe or a layer has {value}")
    }

    /// One edit of any kind, and what it was.
    pub(crate) fn edit(&mut self, random: &mut Random) -> String {
        let name = *random.of(&TEXTS);
        let file = self.path(name);
        let text = random.text(5);
        match random.below(16) {
            0..=3 => self.edit_values(random),
            4 => replaced(&file, &text),
            5 => in_secret(&file, &text),
            6 => {
                let mode = if random.below(2) == 0 { 0o644 } else { 0o755 };
                let _ = fs::set_permissions(&file, Permissions::from_mode(mode));
                format!("mode of {name} is {mode:o}")
            }
            7 => {
                let _ = fs::write(self.path(&format!("tree/deep/{text}")), &text);
                format!("a new file {text}")
            }
            8 => removed(&self.path("tree/deep")),
            9 => {
                let link = self.path("tree/link");
                let _ = fs::remove_file(&link);
                let _ = symlink(&text, &link);
                format!("a link to {text}")
            }
            10 => swapped(&self.path("files/one"), &self.path("files/two")),
            11 => self.moved(),
            12 => self.copied(),
            13 => lied(&file, random),
            14 => self.damaged(random),
            _ => self.variable(random),
        }
    }

    /// A folder is moved out of the repository, with a link in its place; or comes back.
    fn moved(&self) -> String {
        let (inside, outside) = (self.path("files"), self.workspace.path("moved"));
        if inside.is_symlink() {
            fs::remove_file(&inside).unwrap();
            fs::rename(&outside, &inside).unwrap();
            return "files is back".to_owned();
        }
        fs::rename(&inside, &outside).unwrap();
        symlink(&outside, &inside).unwrap();
        "files is a link out of the repository".to_owned()
    }

    /// A copy of all files with their times is made, or put in place again.
    fn copied(&mut self) -> String {
        let copy = self.workspace.path("copy");
        for folder in ["recipes", "layers", "tree"] {
            let (from, to) = match self.copied {
                false => (self.path(folder), copy.join(folder)),
                true => (copy.join(folder), self.path(folder)),
            };
            let _ = fs::remove_dir_all(&to);
            copy_tree(&from, &to);
        }
        self.copied = !self.copied;
        format!("copied: {}", self.copied)
    }

    /// A file of the store is gone.
    fn damaged(&self, random: &mut Random) -> String {
        let kinds = ["blobs", "steps", "memo", "records", "index.json"];
        let kind = *random.of(&kinds);
        let folder = self.workspace.path("store").join(kind);
        if kind == "index.json" {
            let _ = fs::remove_file(&folder);
            return "no tags any more".to_owned();
        }
        let files: Vec<PathBuf> = fs::read_dir(folder.join("sha256"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        if !files.is_empty() {
            fs::remove_file(random.of(&files)).unwrap();
        }
        format!("one of {kind} is gone")
    }

    fn variable(&mut self, random: &mut Random) -> String {
        let epoch = (1_750_000_000 + random.below(2)).to_string();
        self.workspace.set("SOURCE_DATE_EPOCH", &epoch);
        format!("the epoch is {epoch}")
    }
}

/// Another file of the same size takes the place of one, with its times.
fn replaced(file: &Path, text: &str) -> String {
    let Ok(metadata) = file.metadata() else {
        return "nothing to replace".to_owned();
    };
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, metadata.permissions()).unwrap();
    set_time(&new, metadata.modified().unwrap());
    fs::rename(&new, file).unwrap();
    format!("{} is replaced by {text}", file.display())
}

/// A file has another content of the same size, and its former time.
fn in_secret(file: &Path, text: &str) -> String {
    let Ok(metadata) = file.metadata() else {
        return "nothing to write to".to_owned();
    };
    fs::write(file, text).unwrap();
    set_time(file, metadata.modified().unwrap());
    format!("{} = {text}, with its former time", file.display())
}

/// A file says that it is of another time.
fn lied(file: &Path, random: &mut Random) -> String {
    let day = Duration::from_secs(86400);
    let time = match random.below(2) {
        0 => SystemTime::UNIX_EPOCH + day,
        _ => SystemTime::UNIX_EPOCH + day * 40_000,
    };
    if file.is_file() {
        set_time(file, time);
    }
    format!("the time of {} is a lie", file.display())
}

fn set_time(file: &Path, time: SystemTime) {
    let times = FileTimes::new().set_modified(time).set_accessed(time);
    File::options()
        .write(true)
        .open(file)
        .unwrap()
        .set_times(times)
        .unwrap();
}

fn removed(folder: &Path) -> String {
    let names = fs::read_dir(folder).into_iter().flatten();
    let other = names
        .map(|entry| entry.unwrap().path())
        .find(|file| !file.ends_with("a"));
    if let Some(other) = &other {
        fs::remove_file(other).unwrap();
    }
    format!("{other:?} is gone")
}

fn swapped(one: &Path, other: &Path) -> String {
    let between = one.with_extension("between");
    fs::rename(one, &between).unwrap();
    fs::rename(other, one).unwrap();
    fs::rename(&between, other).unwrap();
    "two files are swapped".to_owned()
}

/// Copies files with their modes and times.
fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).into_iter().flatten() {
        let entry = entry.unwrap();
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_tree(&source, &target);
        } else if kind.is_symlink() {
            symlink(fs::read_link(&source).unwrap(), &target).unwrap();
        } else {
            fs::copy(&source, &target).unwrap();
            set_time(&target, source.metadata().unwrap().modified().unwrap());
        }
    }
}

const UNIVERSAL: &str = "apiVersion: terroir/v1
name: universal
tier: universal
from: scratch
platforms: [linux/amd64]
modules:
  - type: files
    files:
      - { source: ../files/one, destination: /etc/one }
      - { source: ../tree, destination: /usr/share/tree }
";

const GROUP: &str = "apiVersion: terroir/v1
name: group
tier: group
from: universal.yml
modules:
  - from-file: common/shared.yml
  - { layer: own }
";

fn shared(value: u64) -> String {
    let value = value + 1;
    format!(
        "modules:
  - type: settings
    settings: [{{ sysctl: {{ net.ipv4.tcp_keepalive_time: {value}000 }} }}]
  - type: files
    files: [{{ source: ../../files/two, destination: /etc/two }}]
"
    )
}

fn layer(value: u64) -> String {
    format!(
        "apiVersion: terroir/v1
title: A layer
description: A layer of this repository
owner: somebody
modules:
  - type: files
    files: [{{ content: 'of the layer {value}', destination: /etc/of-the-layer }}]
"
    )
}

fn flavour(name: &str, value: u64) -> String {
    format!(
        "apiVersion: terroir/v1
name: {name}
tier: local
from: group.yml
labels: {{ value: 'v{value}' }}
modules:
  - type: files
    files: [{{ content: '{name} {value}', destination: /etc/of-the-flavour }}]
"
    )
}
