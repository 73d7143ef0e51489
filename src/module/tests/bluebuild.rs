//! What BlueBuild accepts and refuses, through types and schemas alike.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{node, read, said};
use crate::module::types::Dnf;
use crate::module::{Checked, Dialect, Module, TypeSchema};

/// What each module type takes, one line per form of a union: spelling, configuration.
const ACCEPTED: &str = r#"
akmods {"install": ["openrgb"]}
akmods@v1 {"base": "fsync-ba", "install": [], "nvidia-driver": "nvidia-open"}
apk {"install": {"packages": ["openssl"]}}
apt {"install": {"packages": ["rsyslog"]}, "remove": {"packages": ["nano"]}}
apt@latest {}
bling {"install": ["rpmfusion", "1password", "gnome-vrr"]}
brew {}
brew {"auto-upgrade": false, "installer-commit": "abc"}
chezmoi {"repository": "https://git.example/dot.git", "file-conflict-policy": "replace"}
containerfile {"snippets": ["RUN true"], "containerfiles": ["one"]}
copy {"from": "builder", "src": "/out/a", "dest": "/usr/bin/a"}
copy {"src": "a", "dest": "/a"}
default-flatpaks@v1 {"notify": false, "system": {"repo-name": "fh", "install": ["a.b.C"]}, "user": {}}
default-flatpaks@v2 {"configurations": [{"scope": "system", "repo": {"title": "T"}, "install": ["a.b.C"]}]}
default-flatpaks {"configurations": [{}]}
default-flatpaks@latest {"configurations": []}
dnf {"repos": {"files": ["fury.repo"], "copr": ["atim/starship"]}}
dnf {"repos": {"cleanup": true, "files": {"add": ["a.repo"], "remove": ["b"]}}}
dnf {"repos": {"copr": [{"name": "a/b", "chroot": "fedora-43-x86_64"}], "keys": ["k.asc"]}}
dnf {"repos": {"copr": {"enable": ["a/b", {"name": "c/d", "chroot": "e"}], "disable": ["f/g"]}, "nonfree": "rpmfusion"}}
dnf {"install": {"packages": ["a", {"repo": "r", "packages": ["b"], "exclude": ["c"]}], "install-weak-deps": false, "no-gpgchecks": true}}
dnf {"builddep": {"packages": ["meson", {"repo": "fedora", "packages": ["ffmpeg"]}]}}
dnf {"replace": [{"from-repo": "copr:x", "packages": ["a", {"old": "b", "new": "c"}]}]}
dnf@v1 {"remove": {"packages": ["firefox"], "auto-remove": false}, "group-install": {"packages": ["g"], "with-optional": true}, "group-remove": {"packages": ["h"]}, "optfix": ["brave.com"]}
files {"files": [{"source": "a", "destination": "/a"}, {"b": "/b"}]}
fonts {"fonts": {"nerd-fonts": ["Hack"], "google-fonts": ["Roboto"], "url-fonts": [{"name": "x", "url": "https://fonts.example/x.ttf"}]}}
gnome-extensions {"install": ["Night Theme Switcher", 307], "uninstall": ["GSConnect"]}
gschema-overrides {"include": ["zz.gschema.override"]}
initramfs {}
justfiles {"validate": true, "include": ["a.just"], "install": true}
kargs {"kargs": ["quiet"], "arch": "x86_64"}
os-release {"properties": {"NAME": "x"}}
pacman {"remove": {"packages": ["nano"]}}
rpm-ostree {"repos": ["a.repo"], "keys": ["k"], "optfix": ["o"], "install": ["i"], "remove": ["r"], "replace": [{"from-repo": "u", "packages": ["p"]}]}
script {"scripts": ["a.sh"], "snippets": ["true"]}
script@v1 {"snippets": ["true"]}
script {}
signing {}
soar {"auto-upgrade": false, "additional-repos": true}
systemd {"system": {"enabled": ["a.service"]}, "user": {"masked": ["b.timer"]}}
yafti {"custom-flatpaks": [{"Krita": "org.kde.krita"}]}
zypper {"install": {"packages": []}}
"#;

/// What each module type refuses: spelling, configuration, words of the error.
const REFUSED: &str = r#"
akmods {"base": "main"} => the key `install` is missing
akmods {"install": [], "base": "zen"} => `zen` is not valid here
akmods {"install": [], "nvidia": true} => unknown key `nvidia`
apk {"install": "a"} => expected a mapping
apt {"install": {}} => the key `packages` is missing
apt {"install": null} => expected a mapping
apt {"update": true} => unknown key `update`
bling {"install": "rpmfusion"} => expected a list
bling {"install": ["flatpaksync"]} => `flatpaksync` is not valid here
brew {"auto-upgrade": "true"} => expected true or false
brew {"install": ["x"]} => unknown key `install`
chezmoi {} => the key `repository` is missing
chezmoi {"repository": "r", "file-conflict-policy": "none"} => `none` is not valid here
containerfile {"snippets": "RUN true"} => expected a list
containerfile {"network": true} => unknown key `network`
copy {"src": "a"} => the key `dest` is missing
copy {"src": ["a"], "dest": "b"} => expected text
copy {"src": "a", "dest": "b", "mode": "0644"} => unknown key `mode`
default-flatpaks@v1 {"configurations": []} => unknown key `configurations`
default-flatpaks@v1 {"system": {"repo-name": ["flathub"]}} => expected text
default-flatpaks {"system": {}} => unknown key `system`
default-flatpaks@v2 {"notify": true} => unknown key `notify`
default-flatpaks {} => the key `configurations` is missing
default-flatpaks {"configuration": []} => unknown key `configuration`
default-flatpaks@latest {"configurations": [{"scope": "all"}]} => `all` is not valid here
dnf {"repos": {"files": "a.repo"}} => expected a list or a mapping
dnf {"repos": {"files": {"adds": []}}} => unknown key `adds`
dnf {"repos": {"copr": [{"name": "a/b"}]}} => the key `chroot` is missing
dnf {"repos": {"copr": {"enable": [1]}}} => expected a name or a mapping
dnf {"repos": {"copr": {"disable": [{}]}}} => expected text
dnf {"repos": {"nonfree": "both"}} => `both` is not valid here
dnf {"install": {"packages": [{"repo": "r"}]}} => the key `packages` is missing
dnf {"install": {"packages": [], "no-gpgpchecks": true}} => unknown key `no-gpgpchecks`
dnf {"builddep": {"packages": [{"repos": "r"}]}} => unknown key `repos`
dnf {"replace": [{"from-repo": "x", "packages": [{"old": "b"}]}]} => the key `new` is missing
dnf {"replace": {"from-repo": "x"}} => expected a list
dnf {"group-remove": {"packages": [], "exclude": []}} => unknown key `exclude`
files {"files": "a"} => expected a list
fonts {} => the key `fonts` is missing
fonts {"fonts": {"url-fonts": [{"name": "x"}]}} => the key `url` is missing
gnome-extensions {"install": [true]} => expected a name or a whole number
gnome-extensions {"install": [-1]} => negative
gnome-extensions {"uninstall": [[]]} => expected text
gschema-overrides {"include": "a"} => expected a list
initramfs {"kernel": "all"} => unknown key `kernel`
justfiles {"validate": "true"} => expected true or false
kargs {"kargs": ["a"], "remove": ["b"]} => unknown key `remove`
os-release {"properties": []} => expected a mapping
pacman {"install": {"packages": "a"}} => expected a list
rpm-ostree {"replace": ["a"]} => expected a mapping
rpm-ostree {"keys": "k"} => expected a list
script {"snippets": "true"} => expected a list
script {"files": ["a"]} => unknown key `files`
script@v1 {"snippet": []} => unknown key `snippet`
signing {"key": "k"} => unknown key `key`
soar {"interval": "1d"} => unknown key `interval`
systemd {"units": "u"} => unknown key `units`
yafti {"custom-flatpaks": ["org.kde.krita"]} => expected a mapping
zypper {"remove": {"packages": [], "force": true}} => unknown key `force`
"#;

fn accepted() -> impl Iterator<Item = (&'static str, Value)> {
    ACCEPTED.lines().skip(1).map(|line| {
        let (spelling, config) = line.split_once(' ').expect("two columns");
        (spelling, serde_json::from_str(config).expect(line))
    })
}

fn refused() -> impl Iterator<Item = (&'static str, Value, &'static str)> {
    REFUSED.lines().skip(1).map(|line| {
        let (entry, words) = line.split_once(" => ").expect("three columns");
        let (spelling, config) = entry.split_once(' ').expect("two columns");
        (spelling, serde_json::from_str(config).expect(line), words)
    })
}

#[test]
fn accepts_what_bluebuild_accepts() {
    for (spelling, config) in accepted() {
        let read = read(spelling, Dialect::BlueBuild, &config).expect(spelling);
        assert!(read.is_ok(), "{spelling} {config}: {read:?}");
    }
}

#[test]
fn refuses_with_words_that_help() {
    let mut wrong = Vec::new();
    for (spelling, config, words) in refused() {
        let read = read(spelling, Dialect::BlueBuild, &config).expect(spelling);
        let error = read.map_err(|errors| said(&errors)).err();
        if !error.as_ref().is_some_and(|error| error.contains(words)) {
            wrong.push(format!("{spelling} {config} => {error:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_type_is_in_both_tables() {
    let name = |spelling: &'static str| spelling.split('@').next().unwrap_or(spelling);
    let all: BTreeSet<_> = Module::names(Dialect::BlueBuild).collect();
    let accepts: BTreeSet<_> = accepted().map(|(spelling, _)| name(spelling)).collect();
    let refuses: BTreeSet<_> = refused().map(|(spelling, ..)| name(spelling)).collect();
    assert_eq!((&accepts, &refuses), (&all, &all));
}

#[test]
fn schemas_and_types_agree() {
    let mut generator = schemars::SchemaGenerator::default();
    let schemas = Module::schemas(Dialect::BlueBuild, &mut generator);
    let definitions = generator.definitions().clone();
    let validator = |spelling: &str| {
        let of = |one: &&TypeSchema| one.spellings.iter().any(|one| one == spelling);
        let found = schemas.iter().find(of).expect(spelling);
        let mut schema = found.schema.clone().to_value();
        schema["$defs"] = Value::Object(definitions.clone());
        jsonschema::validator_for(&schema).expect("a valid schema")
    };
    for (spelling, config) in accepted() {
        assert!(validator(spelling).is_valid(&config), "{spelling} {config}");
    }
    for (spelling, config, _) in refused() {
        assert!(
            !validator(spelling).is_valid(&config),
            "{spelling} {config}"
        );
    }
}

#[test]
fn versions_are_known_or_listed() {
    let versions = |name: &str, dialect| {
        let types = Module::types().iter();
        let mut named = types.filter(|kind| kind.name == name);
        named.next().expect(name).versions(dialect)
    };
    for dialect in [Dialect::Native, Dialect::BlueBuild] {
        assert_eq!(
            versions("default-flatpaks", dialect),
            ["v1", "v2", "latest"]
        );
        assert_eq!(versions("dnf", dialect), ["v1", "latest"]);
    }
    assert_eq!(versions("script", Dialect::Native), ["v1", "latest"]);
    assert_eq!(
        versions("script", Dialect::BlueBuild),
        ["v1", "v2", "latest"]
    );
    let read = read("dnf@v3", Dialect::BlueBuild, &json!({})).expect("known");
    assert_eq!(
        said(&read.expect_err("no such version")),
        "recipes/x.yml:1:1: `dnf` has no version `v3`; the versions are v1, latest"
    );
}

#[test]
fn what_cannot_be_built_says_what_is_missing() {
    for (name, configuration, words) in [
        ("akmods", json!({"install": []}), "Universal Blue"),
        ("bling", json!({"install": []}), "without a fixed version"),
        ("brew", json!({}), "Homebrew"),
        ("fonts", json!({"fonts": {}}), "commit them"),
        ("gnome-extensions", json!({}), "extensions.gnome.org"),
        ("soar", json!({}), "soar"),
        ("yafti", json!({}), "yafti"),
    ] {
        let checked = Module::read((name, None), Dialect::BlueBuild, &node(&configuration));
        let checked = checked.expect("known").expect("valid");
        let Checked::Unbuilt(missing) = checked else {
            panic!("{name} is built")
        };
        assert!(missing.contains(words), "{missing}");
    }
}

#[test]
fn all_errors_of_an_entry_are_found_in_yaml() {
    let text = "\
repos:
  files: fury.repo
  copr: { enable: [atim/starship, 7] }
install:
  packages: [htop, { repo: [], packages: [brave] }, [vim]]
  no-gpgpchecks: true
remove: [nano]
replace:
  - packages: [a, { old: b, new: c, allow-erasing: maybe }]
group-install:
";
    let node = crate::yaml::parse("recipe.yml", text).expect("valid YAML");
    let problems = crate::yaml::decode::<Dnf>(&node).expect_err("it is wrong");
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    recipe.yml:2:10: expected a list or a mapping, found text
    recipe.yml:3:35: expected a name or a mapping, found a number
    recipe.yml:5:28: expected text, found a list
    recipe.yml:5:53: expected a name or a mapping, found a list
    recipe.yml:6:3: unknown key `no-gpgpchecks`
    recipe.yml:7:9: expected a mapping, found a list
    recipe.yml:9:5: the key `from-repo` is missing
    recipe.yml:9:52: expected true or false, found text
    recipe.yml:10:1: expected a mapping, found nothing
    ");
}

#[test]
fn templates_in_an_entry_fit_any_form() {
    let text =
        "install: { packages: ['{{ name }}', { repo: '{{ repo }}', packages: '{{ list }}' }] }";
    let node = crate::yaml::parse("recipe.yml", text).expect("valid YAML");
    let problems = crate::yaml::check::<Dnf>(&node);
    assert!(problems.is_empty(), "{problems:?}");
}
