//! `RUN --mount=…`: files, caches and secrets that a command sees.

use super::fault::Fault;
use super::machine::{Machine, Wrong};
use crate::action::{
    Command, Mount, MountSource, Secret, SecretSource, SecretTarget, Sharing, Tree,
};
use crate::module::sources::tree;
use crate::origin::{Diagnostic, did_you_mean};

/// The options of one mount, as written.
#[derive(Default)]
struct Options {
    kind: String,
    id: Option<String>,
    from: Option<String>,
    source: Option<String>,
    target: Option<String>,
    sharing: Option<String>,
    env: Option<String>,
    read_only: Option<bool>,
    required: bool,
    /// The options that were stated.
    stated: Vec<String>,
}

/// What every mount may have: its type, its place, and labels, which mounts of terroir do not need.
const ALL: [&str; 3] = ["type", "z", "relabel"];
const KEYS: [&str; 15] = [
    "type",
    "id",
    "from",
    "source",
    "src",
    "target",
    "dst",
    "destination",
    "sharing",
    "env",
    "ro",
    "readonly",
    "rw",
    "readwrite",
    "required",
];

impl Machine<'_> {
    pub(super) fn mount(&mut self, text: &str, command: &mut Command) -> Result<(), Wrong> {
        let options = self.options(text)?;
        fitting(&options)?;
        match options.kind.as_str() {
            "bind" => {
                let mount = self.bind(&options)?;
                command.mounts.push(mount);
            }
            "cache" => command.mounts.push(self.cache(&options)?),
            "tmpfs" => command.mounts.push(Mount {
                target: self.target(&options)?,
                source: MountSource::Scratch,
                read_only: false,
            }),
            "secret" => command.secrets.push(self.secret(&options)?),
            "ssh" => {
                if options.id.as_deref().is_some_and(|id| id != "default")
                    || options.target.is_some()
                {
                    return Err(
                        Fault::new("a mount of type ssh has one agent, the default one")
                            .hint("write --mount=type=ssh; SSH_AUTH_SOCK names its socket")
                            .into(),
                    );
                }
                command.secrets.push(Secret {
                    source: SecretSource::Ssh,
                    target: SecretTarget::Agent,
                    optional: !options.required,
                });
            }
            other => {
                let fault = Fault::new(format!("`{other}` is not a type of mount"));
                return Err(fault.hint("types: bind, cache, tmpfs, secret, ssh").into());
            }
        }
        Ok(())
    }

    fn options(&mut self, text: &str) -> Result<Options, Fault> {
        let mut options = Options {
            kind: "bind".to_owned(),
            ..Options::default()
        };
        for part in text.split(',') {
            let (key, value) = match part.split_once('=') {
                Some((key, value)) => (key, Some(self.word(value)?)),
                None => (part, None),
            };
            let on = || match value.as_deref() {
                None | Some("true" | "1") => Ok(true),
                Some("false" | "0") => Ok(false),
                Some(other) => Err(Fault::new(format!(
                    "`{key}` is true or false, found `{other}`"
                ))),
            };
            let text = || {
                let missing = || Fault::new(format!("`{key}` of a mount needs a value"));
                value
                    .clone()
                    .filter(|value| !value.is_empty())
                    .ok_or_else(missing)
            };
            options.stated.push(key.to_ascii_lowercase());
            match key.to_ascii_lowercase().as_str() {
                "type" => options.kind = text()?,
                "id" => options.id = Some(text()?),
                "from" => options.from = Some(text()?),
                "source" | "src" => options.source = Some(text()?),
                "target" | "dst" | "destination" => options.target = Some(text()?),
                "sharing" => options.sharing = Some(text()?),
                "env" => options.env = Some(text()?),
                "ro" | "readonly" => options.read_only = Some(on()?),
                "rw" | "readwrite" => options.read_only = Some(!on()?),
                "required" => options.required = on()?,
                "size" => self.compiled.warnings.push(
                    Diagnostic::warning(&self.origin, "`size` of a tmpfs has no effect")
                        .hint("the folder takes what the disk has; leave `size` out"),
                ),
                "z" | "relabel" => {}
                "mode"
                    if options.kind == "secret" && ["0400", "400"].contains(&text()?.as_str()) => {}
                other => {
                    let fault =
                        Fault::new(format!("the option `{other}` of a mount is not supported"));
                    return Err(match did_you_mean(other, KEYS) {
                        Some(near) => fault.hint(format!("did you mean `{near}`?")),
                        None => fault.hint(format!("options: {}", KEYS.join(", "))),
                    });
                }
            }
        }
        Ok(options)
    }

    fn target(&self, options: &Options) -> Result<String, Fault> {
        let target = options.target.as_deref().ok_or_else(|| {
            Fault::new(format!("a mount of type {} needs `target`", options.kind))
        })?;
        Ok(self.absolute(target))
    }

    fn bind(&mut self, options: &Options) -> Result<Mount, Wrong> {
        let target = self.target(options)?;
        let source = options.source.as_deref().unwrap_or("/");
        let source = match &options.from {
            Some(from) => MountSource::Tree {
                tree: tree(
                    &self.sourced(from.as_str()),
                    self.around,
                    &mut self.compiled.warnings,
                )?,
                path: format!("/{}", source.trim_start_matches('/')),
            },
            None => MountSource::Inputs(self.context.mounted(&self.sourced(source))?),
        };
        Ok(Mount {
            target,
            source,
            read_only: options.read_only.unwrap_or(true),
        })
    }

    fn cache(&self, options: &Options) -> Result<Mount, Fault> {
        let target = self.target(options)?;
        if options.from.is_some() || options.source.is_some() {
            return Err(Fault::new(
                "a cache that begins with files of another image is not supported",
            )
            .hint("leave `from` and `source` out, and copy the files in the command"));
        }
        let sharing = match options.sharing.as_deref() {
            None | Some("shared") => Sharing::Shared,
            // A private cache is one that nobody else uses meanwhile.
            Some("locked" | "private") => Sharing::Locked,
            Some(other) => {
                return Err(
                    Fault::new(format!("`{other}` is not a way to share a cache"))
                        .hint("sharing: shared, private or locked"),
                );
            }
        };
        Ok(Mount {
            source: MountSource::Cache {
                name: options.id.clone().unwrap_or_else(|| target.clone()),
                sharing,
            },
            target,
            read_only: options.read_only.unwrap_or(false),
        })
    }

    /// A secret is a variable of terroir's environment, by the name of its id.
    fn secret(&self, options: &Options) -> Result<Secret, Fault> {
        let id = options.id.as_deref().ok_or_else(|| {
            Fault::new("a mount of type secret needs `id`")
                .hint("the id is the name of a variable in terroir's environment")
        })?;
        let target = match (&options.env, &options.target) {
            (Some(name), None) => SecretTarget::Env(name.clone()),
            (None, Some(target)) => SecretTarget::File(self.absolute(target)),
            (None, None) => SecretTarget::File(format!("/run/secrets/{id}")),
            (Some(_), Some(_)) => {
                return Err(Fault::new("a secret has `env` or `target`, not both"));
            }
        };
        Ok(Secret {
            source: SecretSource::Env(id.to_owned()),
            target,
            optional: !options.required,
        })
    }
}

/// Refuses options that mean nothing for a type of mount.
fn fitting(options: &Options) -> Result<(), Fault> {
    let access = ["ro", "readonly", "rw", "readwrite"];
    let target = ["target", "dst", "destination"];
    let own: &[&str] = match options.kind.as_str() {
        "bind" => &["from", "source", "src"],
        "cache" => &["id", "sharing", "from", "source", "src"],
        "tmpfs" => &["size"],
        "secret" => &["id", "env", "required", "mode"],
        "ssh" => &["id", "required"],
        // What is not a type is said elsewhere.
        _ => return Ok(()),
    };
    let with_access = ["bind", "cache"].contains(&options.kind.as_str());
    let fits = |key: &str| {
        let access = with_access && access.contains(&key);
        access
            || [&target, &ALL[..], own]
                .iter()
                .any(|keys| keys.contains(&key))
    };
    match options.stated.iter().find(|key| !fits(key)) {
        None => Ok(()),
        Some(key) => {
            let kind = &options.kind;
            let message = format!("`{key}` means nothing for a mount of type {kind}");
            Err(Fault::new(message).hint(format!(
                "beside `target` it takes {}{}",
                own.join(", "),
                if with_access { ", ro, rw" } else { "" }
            )))
        }
    }
}

/// The root of a stage or image that `from` names.
pub(super) fn origin_tree(machine: &mut Machine<'_>, from: &str) -> Result<Tree, Wrong> {
    let from = machine.sourced(from);
    Ok(tree(&from, machine.around, &mut machine.compiled.warnings)?)
}
