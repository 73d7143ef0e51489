//! Modules of one's own: the program, the JSON that it gets, the files that it sees.

use super::{commands, compile_with, facts, mounted, refused};
use crate::action::{Command, MountSource, Tree};
use crate::module::{Compiled, Dialect, Distribution, LocalModule};
use crate::origin::{Diagnostic, Origin, Sourced};
use crate::setting::tests::fake::Repository;
use crate::yaml;

const ENTRY: &str = "type: own@v1\nsource: local\nzeta: [1, 1.50, yes, true, ~, '2']\nalpha: { text: \"it's <b> & 'c'\" }\nenv: { A: b }\n";

fn local(
    name: &str,
    image: Option<&str>,
    repository: &Repository,
) -> Result<Compiled, Vec<Diagnostic>> {
    let entry = yaml::parse("recipes/x.yml", ENTRY).expect("YAML");
    let origin = Origin::of_file("recipes/x.yml");
    let name = Sourced::new(name.to_owned(), origin.clone());
    let image = image.map(|image| Sourced::new(image.to_owned(), origin.clone()));
    let module = LocalModule {
        name: &name,
        image: image.as_ref(),
        entry: &entry,
    };
    compile_with(
        Dialect::BlueBuild,
        repository,
        (Distribution::default(), facts()),
        &|around| module.compile(around),
    )
}

fn one(compiled: &Compiled) -> Command {
    let [command] = commands(compiled)[..] else {
        panic!("one command")
    };
    command.clone()
}

#[test]
fn the_program_gets_the_entry_in_one_argument() {
    let repository = Repository::default()
        .file("/modules/own/own.sh", "#!/bin/bash\n")
        .file("/modules/own/own.bash", "#!/bin/bash\n")
        .file("/modules/own/lib/x", "x")
        .file("/modules/other/other.sh", "#!/bin/bash\n")
        .file("/files/a", "a");
    let command = one(&local("own", None, &repository).expect("a module"));
    let json = r#"{"type":"own@v1","source":"local","zeta":[1,1.5,"yes",true,null,"2"],"alpha":{"text":"it\u0027s \u003cb\u003e \u0026 \u0027c\u0027"},"env":{"A":"b"}}"#;
    assert_eq!(command.arguments, ["/tmp/modules/own/own.sh", json]);
    assert_eq!(
        mounted(&command, "/tmp/modules/own"),
        ["lib/x", "own.bash", "own.sh"]
    );
    assert_eq!(mounted(&command, "/tmp/files"), ["a"]);
    assert!(command.network);
    assert_eq!(command.environment["CONFIG_DIRECTORY"], "/tmp/files");
}

#[test]
fn programs_are_looked_for_as_bluebuild_does() {
    let with = |file: &str, text: &str| {
        let repository = Repository::default().file(file, text);
        local("own", None, &repository).expect(file)
    };
    let plain = with("/modules/own/own.bash", "echo");
    assert_eq!(
        one(&plain).arguments[..2],
        ["bash", "/tmp/modules/own/own.bash"]
    );
    let nushell = with("/modules/own/own.nu", "#!/usr/bin/env nu\n");
    assert!(one(&nushell).arguments[2].contains("there is no nu in the root"));
    assert!(nushell.warnings[0].message.contains("nushell"));
    let bare = with("/modules/own/own", "#!/bin/sh\n");
    assert_eq!(one(&bare).arguments[0], "/tmp/modules/own/own");
    let none = Repository::default().file("/modules/own/readme", "x");
    refused(
        local("own", None, &none),
        "there is no local module `own`",
        "own.sh, .nu or .bash",
    );
    let outside = Repository::default().file("/x/x.sh", "x");
    refused(
        local("../x", None, &outside),
        "there is no local module `../x`",
        "",
    );
}

#[test]
fn a_module_of_an_image_is_found_when_it_runs() {
    let none = Repository::default();
    let command = one(&local("own", Some("quay.io/a/modules:1"), &none).expect("an image"));
    assert_eq!(command.arguments[3..5], ["sh", "own"]);
    let mount = command
        .mounts
        .iter()
        .find(|mount| mount.target == "/tmp/modules")
        .expect("modules");
    assert_eq!(
        mount.source,
        MountSource::Tree {
            tree: Tree::Image("quay.io/a/modules:1".into()),
            path: "/modules".into(),
        }
    );
    refused(
        local("own", Some("a b"), &none),
        "is not an image reference",
        "source: local",
    );
}
