//! The native module type `script`: every file that a command sees is listed.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::bluebuild::snippet_label;
use crate::action::{Action, Command, Input, Mount, MountSource, User};
use crate::module::environment::FILES;
use crate::module::module_type::Configuration;
use crate::module::sources::whole;
use crate::module::surroundings::{Compiled, Surroundings};
use crate::origin::{Diagnostic, Sourced};

/// Where the scripts themselves appear.
const SCRIPTS: &str = "/tmp/scripts";

/// Configuration of the module type `script`: scripts run first, then snippets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
pub(in crate::module) struct Script {
    /// Files to run: a path, or a path with arguments.
    #[serde(default)]
    pub scripts: Vec<ScriptItem>,
    /// Lines of shell to run.
    #[serde(default)]
    pub snippets: Vec<Sourced<String>>,
    /// Whether the snippets are templates, which are rendered before the entry is read.
    #[serde(default)]
    pub template: bool,
    /// Files and folders that the commands may read; they appear by their name in `/tmp/files`.
    #[serde(default)]
    pub files: Vec<Sourced<String>>,
    /// Whether the commands reach the network.
    #[serde(default)]
    pub network: bool,
    /// `user` or `user:group` that runs the commands, with its own HOME; root when absent.
    #[serde(default)]
    pub user: Option<Sourced<String>>,
    /// How long each command may take: `90s`, `10m`, `1h30m`.
    #[serde(default)]
    pub timeout: Option<Sourced<String>>,
    /// Program and arguments that take a snippet after `-c`; `[/bin/sh, -eu]` when absent.
    #[serde(default)]
    pub interpreter: Option<Sourced<Vec<String>>>,
}

/// A file to run.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module) struct ScriptItem {
    /// The file.
    pub path: Sourced<String>,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A file to run.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WithArguments {
    /// The file.
    path: Sourced<String>,
    /// Its arguments.
    #[serde(default)]
    args: Vec<String>,
}

impl<'de> Deserialize<'de> for ScriptItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: Sourced<Either> = Sourced::deserialize(deserializer)?;
        Ok(match written.value {
            Either::Path(path) => Self {
                path: Sourced::new(path, written.origin),
                args: Vec::new(),
            },
            Either::Mapping(mapping) => Self {
                path: mapping.path,
                args: mapping.args,
            },
        })
    }
}

enum Either {
    Path(String),
    Mapping(WithArguments),
}

impl<'de> Deserialize<'de> for Either {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EitherVisitor;
        impl<'de> Visitor<'de> for EitherVisitor {
            type Value = Either;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a mapping with `path` and `args`")
            }
            fn visit_str<E: Error>(self, path: &str) -> Result<Either, E> {
                Ok(Either::Path(path.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Either, A::Error> {
                WithArguments::deserialize(MapAccessDeserializer::new(map)).map(Either::Mapping)
            }
        }
        deserializer.deserialize_any(EitherVisitor)
    }
}

impl JsonSchema for ScriptItem {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ScriptItem".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mapping = generator.subschema_for::<WithArguments>();
        json_schema!({ "anyOf": [{ "type": "string" }, mapping] })
    }
}

/// What all commands of an entry share.
struct Shared {
    files: BTreeMap<String, Input>,
    user: Option<User>,
    limit: Option<u64>,
    network: bool,
}

impl Configuration for Script {
    fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let shared = Shared {
            files: keep(files(&self.files, around), &mut wrong).unwrap_or_default(),
            user: keep(self.user.as_ref().map(parse_user).transpose(), &mut wrong).flatten(),
            limit: keep(
                self.timeout.as_ref().map(parse_limit).transpose(),
                &mut wrong,
            )
            .flatten(),
            network: self.network,
        };
        let interpreter = keep(self.interpreter(), &mut wrong).unwrap_or_default();
        let mut compiled = Compiled::default();
        for item in &self.scripts {
            let command = keep(item.command(&shared, around), &mut wrong);
            compiled.actions.extend(command.map(run));
        }
        for snippet in &self.snippets {
            let mut arguments = interpreter.clone();
            arguments.extend(["-c".to_owned(), snippet.value.clone()]);
            let command = Command::new(snippet_label(snippet), arguments);
            compiled.actions.push(run(shared.fill(command)));
        }
        if wrong.is_empty() {
            Ok(compiled)
        } else {
            Err(wrong)
        }
    }
}

impl Script {
    fn interpreter(&self) -> Result<Vec<String>, Diagnostic> {
        match &self.interpreter {
            None => Ok(vec!["/bin/sh".to_owned(), "-eu".to_owned()]),
            Some(words) if words.is_empty() => Err(Diagnostic::error(
                &words.origin,
                "the interpreter has no program",
            )
            .hint("write [bash, -eu], or leave `interpreter` out for /bin/sh -eu")),
            Some(words) => Ok(words.value.clone()),
        }
    }
}

fn parse_user(user: &Sourced<String>) -> Result<User, Diagnostic> {
    User::parse(user).ok_or_else(|| {
        Diagnostic::error(&user.origin, format!("`{user}` is not a user"))
            .hint("write user, user:group or numbers, for example www-data")
    })
}

fn run(command: Command) -> Action {
    Action::Run(Box::new(command))
}

fn keep<T>(result: Result<T, Diagnostic>, wrong: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|problem| wrong.push(problem)).ok()
}

impl Shared {
    fn fill(&self, mut command: Command) -> Command {
        command.network = self.network;
        command.user.clone_from(&self.user);
        command.limit = self.limit;
        if !self.files.is_empty() {
            command.mounts.push(Mount {
                target: FILES.to_owned(),
                source: MountSource::Inputs(self.files.clone()),
                read_only: true,
            });
        }
        command
    }
}

impl ScriptItem {
    fn command(&self, shared: &Shared, around: &Surroundings<'_>) -> Result<Command, Diagnostic> {
        let mut input = around.inputs.file(&self.path)?;
        let text = around.inputs.text(&input).ok();
        if text.is_some_and(|text| !text.starts_with("#!")) {
            let message = format!("`{}` does not say what runs it", self.path);
            return Err(Diagnostic::error(&self.path.origin, message)
                .hint("begin the file with a line such as #!/bin/sh"));
        }
        input.executable = true;
        let name = name(&self.path);
        let mut arguments = vec![format!("{SCRIPTS}/{name}")];
        arguments.extend(self.args.iter().cloned());
        let mut command = shared.fill(Command::new(format!("script {name}"), arguments));
        command.mounts.push(Mount {
            target: format!("{SCRIPTS}/{name}"),
            source: MountSource::Inputs(BTreeMap::from([(String::new(), input)])),
            read_only: true,
        });
        Ok(command)
    }
}

fn name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// The listed files by their path below `/tmp/files`.
fn files(
    written: &[Sourced<String>],
    around: &Surroundings<'_>,
) -> Result<BTreeMap<String, Input>, Diagnostic> {
    let mut files = BTreeMap::new();
    let mut names: BTreeMap<&str, &Sourced<String>> = BTreeMap::new();
    for path in written {
        let name = name(path);
        if let Some(first) = names.insert(name, path) {
            let message = format!("two files would be {FILES}/{name}");
            return Err(Diagnostic::error(&path.origin, message)
                .and(&first.origin, "the first is here")
                .hint("list the folder that holds them, or rename one"));
        }
        if ["", ".", ".."].contains(&name) {
            let message = format!("`{path}` has no name of its own");
            return Err(Diagnostic::error(&path.origin, message)
                .hint("list files, or folders by their name"));
        }
        if around.inputs.is_folder(path) {
            let below = whole(around.inputs, path)?.into_iter();
            files.extend(below.map(|(below, input)| (format!("{name}/{below}"), input)));
        } else {
            files.insert(name.to_owned(), around.inputs.file(path)?);
        }
    }
    Ok(files)
}

/// Reads `90s`, `10m`, `1h30m`: how many seconds it is.
fn parse_limit(text: &Sourced<String>) -> Result<u64, Diagnostic> {
    let seconds = || {
        let mut total: u64 = 0;
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, after) = rest.split_at(end);
            let mut letters = after.chars();
            let factor = match letters.next()? {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                _ => return None,
            };
            let part = digits.parse::<u64>().ok()?.checked_mul(factor)?;
            total = total.checked_add(part)?;
            rest = letters.as_str();
        }
        (total > 0).then_some(total)
    };
    seconds().ok_or_else(|| {
        Diagnostic::error(&text.origin, format!("`{text}` is not a time"))
            .hint("write seconds, minutes or hours: 90s, 10m, 1h30m")
    })
}
