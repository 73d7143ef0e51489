//! Secrets that an entry's commands see while they run.

use schemars::JsonSchema;
use serde::Deserialize;

/// A secret: where it comes from and where the commands find it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenSecret")]
pub(crate) enum Secret {
    /// A variable of terroir's own environment.
    Env {
        /// The variable.
        name: String,
        /// Where the commands find it.
        mount: Mount,
    },
    /// A file of the machine that builds.
    File {
        /// Its path.
        source: String,
        /// Where the commands find it.
        mount: Mount,
    },
    /// What a program of the machine that builds writes to its standard output.
    Exec {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Where the commands find it.
        mount: Mount,
    },
    /// The SSH agent of the machine that builds.
    Ssh,
}

/// Where commands find a secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenMount")]
pub(crate) enum Mount {
    /// A variable of their environment.
    Env {
        /// The variable.
        name: String,
    },
    /// A file.
    File {
        /// Its absolute path.
        destination: String,
    },
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Env,
    File,
    Exec,
    Ssh,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum MountKind {
    Env,
    File,
}

/// A secret that the entry's commands see.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenSecret {
    /// Where it comes from.
    #[serde(rename = "type")]
    kind: Kind,
    /// Of `env`: the variable.
    name: Option<String>,
    /// Of `file`: the path.
    source: Option<String>,
    /// Of `exec`: the program.
    command: Option<String>,
    /// Of `exec`: its arguments.
    #[serde(default)]
    args: Vec<String>,
    /// Where the commands find it.
    mount: Option<Mount>,
}

/// Where commands find a secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenMount {
    /// A variable or a file.
    #[serde(rename = "type")]
    kind: MountKind,
    /// Of `env`: the variable.
    name: Option<String>,
    /// Of `file`: the absolute path.
    destination: Option<String>,
}

impl TryFrom<WrittenSecret> for Secret {
    type Error = String;

    fn try_from(written: WrittenSecret) -> Result<Self, String> {
        let needs = |kind: &str, key: &str| format!("a secret of type `{kind}` needs `{key}`");
        let given = [
            ("name", written.name.is_some()),
            ("source", written.source.is_some()),
            ("command", written.command.is_some()),
            ("args", !written.args.is_empty()),
            ("mount", written.mount.is_some()),
        ];
        let only = |kind: &str, valid: &[&str]| {
            let mut foreign = given.iter().filter(|(key, is)| *is && !valid.contains(key));
            foreign.next().map_or(Ok(()), |(key, _)| {
                Err(format!("a secret of type `{kind}` has no `{key}`"))
            })
        };
        Ok(match written.kind {
            Kind::Env => {
                only("env", &["name", "mount"])?;
                Self::Env {
                    name: written.name.ok_or_else(|| needs("env", "name"))?,
                    mount: written.mount.ok_or_else(|| needs("env", "mount"))?,
                }
            }
            Kind::File => {
                only("file", &["source", "mount"])?;
                Self::File {
                    source: written.source.ok_or_else(|| needs("file", "source"))?,
                    mount: written.mount.ok_or_else(|| needs("file", "mount"))?,
                }
            }
            Kind::Exec => {
                only("exec", &["command", "args", "mount"])?;
                Self::Exec {
                    command: written.command.ok_or_else(|| needs("exec", "command"))?,
                    args: written.args,
                    mount: written.mount.ok_or_else(|| needs("exec", "mount"))?,
                }
            }
            Kind::Ssh => {
                only("ssh", &[])?;
                Self::Ssh
            }
        })
    }
}

impl TryFrom<WrittenMount> for Mount {
    type Error = &'static str;

    fn try_from(written: WrittenMount) -> Result<Self, &'static str> {
        match (written.kind, written.name, written.destination) {
            (MountKind::Env, Some(name), None) => Ok(Self::Env { name }),
            (MountKind::Env, ..) => Err("a mount of type `env` needs `name` and nothing else"),
            (MountKind::File, None, Some(destination)) => Ok(Self::File { destination }),
            (MountKind::File, ..) => {
                Err("a mount of type `file` needs `destination` and nothing else")
            }
        }
    }
}

written_as!(Secret, WrittenSecret);

written_as!(Mount, WrittenMount);
