//! Kernel modules that may not be loaded, or that are loaded at boot.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::action::Action;
use crate::origin::{Diagnostic, Sourced, SourcedMap};
use crate::setting::contract::check::{Checked, Place, Reads, Unexamined};
use crate::setting::contract::definition::{Declare, Definition};
use crate::setting::contract::ground::Ground;
use crate::setting::contract::kind::{Kind, Setting, each};
use crate::setting::contract::refusal::{Refusal, examined, typed};
use crate::setting::input::glob::fits;
use crate::setting::input::place::constant;
use crate::setting::root::layered::layered;
use crate::setting::root::logical_lines::logical_lines;
use crate::setting::root::rewrite::written;
use crate::tree::Snapshot;

impl Kind {
    /// Whether a kernel module may be or is loaded.
    pub const KERNEL_MODULE: Self = Self::named("kernel_module");
}

/// The kind `kernel_module`.
pub(in crate::setting) const DEFINITION: Definition = Definition {
    about: "Kernel modules: `cramfs: disabled`.",
    example: "cramfs: disabled",
    effect: "All modules of an image are in one file in `/usr/lib/modprobe.d`, and one in \
        `/usr/lib/modules-load.d`.",
    render: |all, _, ground| render(all, ground),
    at_least,
    reads_many_files: true,
    ..Definition::of(Kind::KERNEL_MODULE, check, |_| reads(), show)
};

/// What a document writes below the name of the kind.
pub(in crate::setting) type Declared = SourcedMap<ModuleState>;

/// Reads all that one document declares.
pub(in crate::setting) const DECLARE: Declare<Declared> =
    |declared, _| each(declared.iter().map(|(name, value)| declare(name, *value)));

/// What a document asks of a kernel module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModuleState {
    /// It cannot be loaded, not even by name.
    Disabled,
    /// It is not loaded by itself when hardware asks for it.
    Blacklisted,
    /// It is loaded at boot.
    Loaded,
}

/// The first of the names, since the first `install` line of a module counts.
const MODPROBE_FILE: &str = "/usr/lib/modprobe.d/00-terroir.conf";
/// Where it was written before, and may lie in a parent.
const OLD_FILE: &str = "/usr/lib/modprobe.d/terroir.conf";
const LOAD_FILE: &str = "/usr/lib/modules-load.d/terroir.conf";

/// Reads one module as written.
pub(in crate::setting) fn declare(
    name: &Sourced<String>,
    state: ModuleState,
) -> Result<Setting, Diagnostic> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if name.is_empty() || !name.bytes().all(known) {
        let bare = name.split('.').next().unwrap_or_default();
        return Err(Diagnostic::error(
            &name.origin,
            format!("`{name}` is not the name of a kernel module"),
        )
        .hint(format!(
            "write the name as lsmod prints it, for example {}",
            {
                let bare = bare.rsplit('/').next().unwrap_or_default();
                if !bare.is_empty() && bare.bytes().all(known) {
                    bare
                } else {
                    "cramfs"
                }
            }
        )));
    }
    Ok(Setting {
        kind: Kind::KERNEL_MODULE,
        name: name.value.clone(),
        value: serde_json::to_value(state).expect("a plain enum serialises"),
        origin: name.origin.clone(),
    })
}

/// Writes every module into one file of modprobe.d and, if one is loaded at boot, modules-load.d.
pub(in crate::setting) fn render(
    all: &BTreeMap<String, Value>,
    ground: &mut dyn Ground,
) -> Result<Vec<Action>, Refusal> {
    let mut modprobe = header("modprobe.d");
    let mut load = header("modules-load.d");
    let mut seen: BTreeMap<String, (&str, ModuleState)> = BTreeMap::new();
    for (name, value) in all {
        let state: ModuleState = typed(Kind::KERNEL_MODULE, name, value)?;
        // modprobe takes `-` and `_` for the same.
        let first = seen.insert(name.replace('-', "_"), (name, state));
        if let Some((other, _)) = first.filter(|(_, other)| *other != state) {
            return Err(Refusal::Spelling {
                setting: Kind::KERNEL_MODULE.key(name),
                other: Kind::KERNEL_MODULE.key(other),
            });
        }
        let _ = match state {
            ModuleState::Disabled => {
                writeln!(modprobe, "install {name} /bin/false\nblacklist {name}")
            }
            ModuleState::Blacklisted => writeln!(modprobe, "blacklist {name}"),
            ModuleState::Loaded => writeln!(load, "{name}"),
        };
    }
    // Both files always, since a nested flavour may take back the last line of its parent's.
    let old = constant(OLD_FILE);
    let old = ground.configuration().node(&old).map(|_| old);
    let mut actions = vec![written(LOAD_FILE, &load), written(MODPROBE_FILE, &modprobe)];
    actions.extend(old.map(|path| Action::Remove { path }));
    Ok(actions)
}

fn header(folder: &str) -> String {
    format!(
        "# Written by terroir from the settings of this image; `terroir explain` tells where each \
         comes from.\n# To override on one machine, put a file of the same name into /etc/{folder}.\n"
    )
}

/// A module that is disabled is blacklisted too.
pub(in crate::setting) fn at_least(name: &str, candidate: &Value, mandatory: &Value) -> bool {
    let state = |value| typed(Kind::KERNEL_MODULE, name, value);
    matches!(
        (state(candidate), state(mandatory)),
        (Ok(ModuleState::Disabled), Ok(ModuleState::Blacklisted))
    )
}

/// `kernel module cramfs is disabled`.
pub(in crate::setting) fn show(name: &str, value: &Value) -> Result<String, Refusal> {
    let state = match typed(Kind::KERNEL_MODULE, name, value)? {
        ModuleState::Disabled => "disabled",
        ModuleState::Blacklisted => "blacklisted",
        ModuleState::Loaded => "loaded at boot",
    };
    Ok(format!("kernel module {name} is {state}"))
}

/// The folders of modprobe.d(5), the first of which wins by name.
const MODPROBE: [&str; 5] = [
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
];

/// The folders of modules-load.d(5).
const LOADED: [&str; 5] = [
    "/etc/modules-load.d",
    "/run/modules-load.d",
    "/usr/local/lib/modules-load.d",
    "/usr/lib/modules-load.d",
    "/lib/modules-load.d",
];

/// Programs that do nothing, which an `install` line puts in the place of loading.
const NOTHING: [&str; 6] = [
    "/bin/false",
    "/bin/true",
    "/usr/bin/false",
    "/usr/bin/true",
    "false",
    "true",
];

/// What the lines of modprobe.d say of a module.
#[derive(Debug, Default)]
pub(in crate::setting) struct Said {
    /// The first `install` line: whether its command loads nothing, and where it stands.
    pub install: Option<(bool, Place)>,
    /// A `blacklist` line.
    pub blacklisted: Option<Place>,
}

/// Looks for the lines that modprobe would obey (modprobe.d(5)).
pub(in crate::setting) fn said(name: &str, root: &Snapshot) -> Result<Said, Unexamined> {
    let name = underscored(name);
    let mut said = Said::default();
    for path in layered(root, &MODPROBE, ".conf") {
        let text = root.text(&path)?.unwrap_or_default();
        for (index, line) in joined_lines(&text) {
            let (word, rest) = next_word(&line);
            let (module, command) = next_word(rest);
            let module = underscored(module);
            match word {
                "install"
                    if said.install.is_none() && !command.is_empty() && fits(&module, &name) =>
                {
                    said.install = Some((does_nothing(command), Place::line(&path, index)));
                }
                "blacklist" if module == name => {
                    said.blacklisted = Some(Place::line(&path, index));
                }
                _ => {}
            }
        }
    }
    Ok(said)
}

/// Tells whether a command, which a shell runs, is a program that does nothing, and that alone;
/// modprobe puts what it was called with in the place of `$CMDLINE_OPTS`.
fn does_nothing(command: &str) -> bool {
    let command = command.replace("$CMDLINE_OPTS", "");
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b" \t_-./=".contains(&byte);
    let first = command.split_whitespace().next();
    command.bytes().all(is_word) && first.is_some_and(|first| NOTHING.contains(&first))
}

/// modprobe takes `-` and `_` for the same, but between the brackets of a pattern.
fn underscored(name: &str) -> String {
    let mut inside = false;
    let one = |character| {
        inside = match character {
            '[' => true,
            ']' => false,
            _ => inside,
        };
        if character == '-' && !inside {
            '_'
        } else {
            character
        }
    };
    name.chars().map(one).collect()
}

/// Lines without comments, each with the index of its first; a backslash joins the next.
fn joined_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = logical_lines(text, "");
    lines.retain(|(_, line)| !line.starts_with('#'));
    lines
}

/// The next word of a line, and what follows it.
fn next_word(line: &str) -> (&str, &str) {
    let line = line.trim_start_matches([' ', '\t']);
    let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    (word, rest.trim_start_matches([' ', '\t']))
}

/// Looks for the lines that modprobe or systemd-modules-load would obey.
pub(in crate::setting) fn check(
    name: &str,
    value: &Value,
    root: &Snapshot,
) -> Result<Checked, Unexamined> {
    let demanded: ModuleState = examined(Kind::KERNEL_MODULE, name, value)?;
    let same = |word: &str| underscored(word) == underscored(name);
    let Said {
        install,
        blacklisted,
    } = said(name, root)?;
    let disabled = install.as_ref().is_some_and(|(nothing, _)| *nothing);
    let mut loaded = None;
    let modules = constant("/etc/modules");
    for path in layered(root, &LOADED, ".conf").iter().chain([&modules]) {
        let text = root.text(path)?.unwrap_or_default();
        let line = text.lines().position(|line| same(line.trim()));
        loaded = loaded.or(line.map(|index| Place::line(path, index)));
    }
    let found = match (&install, &blacklisted, &loaded) {
        (_, _, Some(_)) => "it is loaded at boot",
        (Some((true, _)), _, None) => "it cannot be loaded",
        (Some((false, _)), _, None) => "the command of the first `install` line may load it",
        (None, Some(_), None) => "it is not loaded by itself, but by name",
        (None, None, None) => "nothing keeps it from being loaded",
    };
    let met = match demanded {
        ModuleState::Disabled => disabled && blacklisted.is_some() && loaded.is_none(),
        ModuleState::Blacklisted => blacklisted.is_some() && loaded.is_none(),
        ModuleState::Loaded => loaded.is_some() && !disabled,
    };
    let install = install.map(|(_, place)| place);
    Ok(Checked::when(
        met,
        found,
        loaded.or(install).or(blacklisted),
    ))
}

/// All files of all folders.
pub(in crate::setting) fn reads() -> Vec<Reads> {
    let folders = MODPROBE.iter().chain(&LOADED);
    let files = [Reads::at("/etc/modules")];
    folders
        .map(|folder| Reads::below(folder))
        .chain(files)
        .collect()
}
