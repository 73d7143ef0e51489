//! The messages of the program, read from its text.

use crate::sources::{below, name, text};

/// What makes a message: the literals of its arguments are texts that people read.
const MAKERS: [&str; 9] = [
    "Diagnostic::error(",
    "Diagnostic::warning(",
    "Failure::say(",
    "Fault::new(",
    "Error::custom(",
    "Problem::new(",
    "StepError::path(",
    "#[error(",
    "wrong(",
];

/// Files whose messages have no page, each with the reason.
pub(crate) const ELSEWHERE: [(&str, &str); 43] = [
    (
        "src/audit/benchmark/",
        "a shipped layer that does not fit; tests/shipped.rs",
    ),
    (
        "src/bootable/disk/",
        "images without a life cycle, small and full disks; tests/disk.rs",
    ),
    (
        "src/bootable/lint/",
        "damaged initramfs archives; unit tests in src/bootable/lint",
    ),
    (
        "src/bootable/machine/",
        "machines that do not start; tests/boot.rs",
    ),
    (
        "src/bootable/ostree/",
        "damaged repositories; unit tests in src/bootable/ostree",
    ),
    (
        "src/bootable/shape/",
        "roots with a kernel; unit tests in src/bootable/shape",
    ),
    ("src/change/", "damaged images; tests/faults"),
    ("src/cli/audit/", "findings of whole roots; tests/audit.rs"),
    (
        "src/cli/bootable/boot.rs",
        "machines with failed units; tests/boot.rs",
    ),
    (
        "src/cli/bootable/inside.rs",
        "machines that run tests; tests/boot/life/inside.rs",
    ),
    (
        "src/cli/bootable/encrypt.rs",
        "disks that nothing would open; tests/disk/encrypted.rs",
    ),
    ("src/cli/context/", "a machine without a home; tests/faults"),
    (
        "src/cli/doctor/",
        "what a machine lacks; tests/faults/machine.rs",
    ),
    (
        "src/cli/explain/",
        "images of other programs; tests/images.rs",
    ),
    (
        "src/cli/fleet/",
        "states of hosts and registries; tests/serve/fleet.rs",
    ),
    ("src/cli/image/", "images of registries; tests/registry.rs"),
    (
        "src/cli/installer/",
        "machines and disks; tests/disk/installed.rs and tests/boot/life/install.rs",
    ),
    (
        "src/cli/kickstart/",
        "rendered sites; tests/kickstart.rs and tests/registry/sites.rs",
    ),
    (
        "src/cli/lock/",
        "folders without a repository; tests/locked.rs",
    ),
    ("src/cli/man.rs", "a folder that cannot be written"),
    (
        "src/cli/recipe/init.rs",
        "a folder that cannot be written; tests/faults",
    ),
    (
        "src/cli/target/",
        "images of other programs and platforms; tests/images.rs",
    ),
    (
        "src/engine/",
        "commands, locks and roots; tests/steps.rs, tests/locked.rs, tests/faults.rs",
    ),
    ("src/host/", "machines and registries; tests/host.rs"),
    (
        "src/installer/",
        "images that lack programs, hosts and their disks; tests/disk/installed.rs, tests/boot/life/install.rs",
    ),
    (
        "src/kickstart/artifact.rs",
        "hostile artifacts; tests/registry/sites.rs",
    ),
    ("src/module/", "unit tests of the types, src/module/tests"),
    (
        "src/oci/",
        "damaged images; tests/faults.rs and tests/hostile.rs",
    ),
    ("src/origin.rs", "a bug"),
    (
        "src/package/",
        "archives that do not answer; tests/families.rs, tests/faults.rs",
    ),
    ("src/path.rs", "hostile images; tests/hostile/paths.rs"),
    (
        "src/pipeline/",
        "names and jobs that are too long; unit tests in src/pipeline",
    ),
    ("src/process.rs", "programs that fail; tests/faults.rs"),
    (
        "src/recipe/flavour/record.rs",
        "damaged records; tests/hostile/records.rs",
    ),
    (
        "src/recipe/repository/",
        "files that change while they are read; tests/faults/reading.rs",
    ),
    (
        "src/recipe/entries/",
        "module types that are only checked; tests/bluebuild.rs",
    ),
    ("src/registry/", "answers of registries; tests/registry.rs"),
    ("src/sandbox/", "what kernels refuse; tests/steps.rs"),
    ("src/serve/", "states that are not there; tests/serve.rs"),
    (
        "src/setting/contract/",
        "damaged roots and records; src/setting/tests",
    ),
    ("src/store/", "damaged stores; tests/faults.rs"),
    ("src/tree/", "damaged and hostile layers; tests/hostile.rs"),
    ("src/yaml/", "a bug"),
];

/// A text that people read when something is wrong.
pub(crate) struct Message {
    /// The file that holds it.
    pub(crate) file: String,
    /// The literal as it stands there, on one line.
    pub(crate) text: String,
    pieces: Vec<String>,
}

impl Message {
    /// Tells whether a printed text says this.
    pub(crate) fn is_in(&self, said: &str) -> bool {
        let mut rest = said;
        self.pieces
            .iter()
            .all(|piece| match rest.split_once(piece.as_str()) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            })
    }
}

/// Every message of the program.
pub(crate) fn messages() -> Vec<Message> {
    let mut all = Vec::new();
    for path in below("src", ".rs") {
        let file = name(&path);
        if file.contains("/tests/") || file.ends_with("tests.rs") {
            continue;
        }
        let text = without_comments(&text(&path));
        for maker in MAKERS {
            for after in text.split(maker).skip(1) {
                for literal in literals(after) {
                    let pieces = pieces(&literal);
                    if pieces.iter().map(String::len).sum::<usize>() > 5 {
                        all.push(Message {
                            file: file.clone(),
                            text: literal,
                            pieces,
                        });
                    }
                }
            }
        }
    }
    assert!(all.len() > 300, "only {} messages were found", all.len());
    all
}

fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The string literals up to the end of the arguments.
fn literals(arguments: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut literal: Option<String> = None;
    let mut depth = 1;
    let mut characters = arguments.chars().peekable();
    while let Some(c) = characters.next() {
        match (&mut literal, c) {
            (Some(text), '\\') => match characters.next() {
                Some('\n') => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                Some('n') | None => text.push(' '),
                Some(other) => text.push(other),
            },
            (Some(_), '"') => found.extend(literal.take()),
            (Some(text), other) => text.push(other),
            (None, '"') => literal = Some(String::new()),
            (None, '(' | '{' | '[') => depth += 1,
            (None, ')' | '}' | ']') => depth -= 1,
            (None, '\'') => {
                // A character such as '(' is no bracket.
                let mut after = characters.clone();
                if after.next().is_some() && after.next() == Some('\'') {
                    characters.nth(1);
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// What stands between the placeholders of a format string.
fn pieces(literal: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut inside = false;
    let mut characters = literal.chars().peekable();
    while let Some(c) = characters.next() {
        let doubled = "{}".contains(c) && characters.next_if_eq(&c).is_some();
        match c {
            '{' if !doubled => {
                inside = true;
                pieces.push(String::new());
            }
            '}' if !doubled && inside => inside = false,
            _ if inside => {}
            _ => pieces.last_mut().expect("one piece at least").push(c),
        }
    }
    let words = |piece: &String| piece.split_whitespace().collect::<Vec<_>>().join(" ");
    pieces
        .iter()
        .map(words)
        .filter(|piece| !piece.is_empty())
        .collect()
}
