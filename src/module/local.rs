//! Modules of one's own: programs of the repository or of an image that get the entry as JSON.

use std::collections::BTreeMap;

use super::environment;
use super::sources::whole;
use super::surroundings::{Compiled, Surroundings};
use crate::action::{Action, Command, Input, Mount, MountSource, Tree};
use crate::origin::{Diagnostic, Sourced};
use crate::registry::Reference;
use crate::yaml::{Node, Value};

/// How a module's program may end, in the order in which BlueBuild looks.
const ENDS: [&str; 4] = ["", ".nu", ".sh", ".bash"];
/// Runs a nushell module; nothing but the root can tell whether it has nushell.
const NU: &str = r#"PATH="/usr/libexec/bluebuild/nu:$PATH"
command -v nu >/dev/null || { echo "$1 is written in nushell, and there is no nu in the root; install nushell in an entry before, or offer the module as .sh" >&2; exit 127; }
exec nu "$@""#;
/// Looks for the program of a module that an image holds, and runs it.
const LOOK: &str = r#"PATH="/usr/libexec/bluebuild/nu:$PATH"
for end in '' .nu .sh .bash; do
  program="/tmp/modules/$1/$1$end"
  [ -f "$program" ] || continue
  if [ "$end" = .nu ] && ! command -v nu >/dev/null; then
    echo "module $1 is written in nushell, and there is no nu in the root; install nushell in an entry before" >&2; exit 127
  fi
  # What another image holds cannot be changed, not even its mode.
  if [ -x "$program" ]; then exec "$program" "$2"
  elif [ "$end" = .nu ]; then exec nu "$program" "$2"
  else exec bash "$program" "$2"
  fi
done
echo "the image has no /modules/$1/$1, .nu, .sh or .bash" >&2
exit 1"#;

/// An entry whose program is the repository's own or an image's.
#[derive(Clone, Copy, Debug)]
pub struct LocalModule<'a> {
    /// The module type.
    pub name: &'a Sourced<String>,
    /// The image that holds `/modules/TYPE/`; the repository when absent.
    pub image: Option<&'a Sourced<String>>,
    /// The whole entry as written.
    pub entry: &'a Node,
}

impl LocalModule<'_> {
    /// Compiles the entry to the one command that runs its program.
    ///
    /// # Errors
    /// A program that is not there, an image that has no valid reference.
    pub fn compile(&self, around: &Surroundings<'_>) -> Result<Compiled, Vec<Diagnostic>> {
        self.command(around).map_err(|problem| vec![problem])
    }

    fn command(&self, around: &Surroundings<'_>) -> Result<Compiled, Diagnostic> {
        let mut compiled = Compiled::default();
        let json = json(self.entry);
        let label = format!("module {}", self.name);
        let (arguments, mount) = match self.image {
            Some(image) => (
                words(&["/bin/sh", "-euc", LOOK, "sh", self.name, &json]),
                image_mount(image)?,
            ),
            None => {
                let (end, files) = self.program(around)?;
                if end == ".nu" {
                    let message = format!("module `{}` is written in nushell", self.name);
                    compiled.warnings.push(
                        Diagnostic::warning(&self.name.origin, message)
                            .hint("the root needs nu when the entry runs; terroir puts no nushell into images"),
                    );
                }
                let program = format!("{}/{1}/{1}{end}", environment::MODULES, self.name);
                let runner: &[&str] = match end {
                    ".nu" => &["/bin/sh", "-euc", NU, "sh"],
                    _ if files.1 => &[],
                    _ => &["bash"],
                };
                let mut arguments = words(runner);
                arguments.extend([program, json]);
                let mount = Mount {
                    target: format!("{}/{}", environment::MODULES, self.name),
                    source: MountSource::Inputs(files.0),
                    read_only: false,
                };
                (arguments, mount)
            }
        };
        let mut command = Command::new(label, arguments);
        environment::prepare(&mut command, around);
        command.mounts.push(mount);
        let files = Sourced::new(around.run.files.to_owned(), around.origin.clone());
        command.mounts.push(Mount {
            target: environment::FILES.to_owned(),
            source: MountSource::Inputs(whole(around.root, &files)?),
            read_only: false,
        });
        compiled.actions.push(Action::Run(Box::new(command)));
        Ok(compiled)
    }

    /// The end of the program's name, the module's files, and whether the program itself says what
    /// runs it.
    #[expect(clippy::type_complexity, reason = "the three are one look at a folder")]
    fn program(
        &self,
        around: &Surroundings<'_>,
    ) -> Result<(&'static str, (BTreeMap<String, Input>, bool)), Diagnostic> {
        let folder = format!("{}/{}", around.run.modules, self.name);
        let folder = Sourced::new(folder, self.name.origin.clone());
        let mut files = match self.name.contains('/') {
            true => BTreeMap::new(),
            false => whole(around.root, &folder)?,
        };
        for end in ENDS {
            let Some(input) = files.get_mut(&format!("{}{end}", self.name)) else {
                continue;
            };
            input.executable = true;
            let text = around.root.text(input);
            let runs = text.map_or(true, |text| text.starts_with("#!"));
            return Ok((end, (files, runs)));
        }
        let message = format!("there is no local module `{}`", self.name);
        let hint = format!(
            "a local module is a script {folder}/{0}.sh, .nu or .bash, or {folder}/{0}",
            self.name
        );
        Err(Diagnostic::error(&self.name.origin, message).hint(hint))
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn image_mount(image: &Sourced<String>) -> Result<Mount, Diagnostic> {
    Reference::parse(image).map_err(|error| {
        let message = format!("`{image}` is not an image reference");
        Diagnostic::error(&image.origin, message)
            .labelled(error.to_string())
            .hint("write `source: local` for a module of the repository, or registry/name:tag")
    })?;
    Ok(Mount {
        target: environment::MODULES.to_owned(),
        source: MountSource::Tree {
            tree: Tree::Image(image.value.clone()),
            path: "/modules".to_owned(),
        },
        read_only: false,
    })
}

/// An entry as one line of JSON, keys in their order.
///
/// `'`, `<`, `>` and `&` are escaped as BlueBuild's templates escape them, so that scripts which
/// look at the text get the same bytes.
fn json(node: &Node) -> String {
    match &node.value {
        Value::Sequence(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| {
                let key = serde_json::Value::from(key.as_text().unwrap_or_default());
                format!("{}:{}", escaped(&key), json(value))
            };
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::Null | Value::Scalar(_) => escaped(&node.to_json()),
    }
}

fn escaped(value: &serde_json::Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '\'' => out.push_str("\\u0027"),
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            _ => out.push(c),
        }
    }
    out
}
