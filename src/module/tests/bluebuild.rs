//! What BlueBuild accepts and refuses, through types and schemas alike.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Checked, names, parse, schemas, versions};

fn read(spelling: &str, config: &Value) -> Result<Checked, String> {
    let (name, version) = match spelling.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (spelling, None),
    };
    parse(name, version, config)
        .expect("a known module type")
        .map_err(|error| error.to_string())
}

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
fonts {"fonts": {"nerd-fonts": ["Hack"], "google-fonts": ["Roboto"], "url-fonts": [{"name": "x", "url": "https://fonts.example/x.ttf"}]}}
gnome-extensions {"install": ["Night Theme Switcher", 307], "uninstall": ["GSConnect"]}
gschema-overrides {"include": ["zz.gschema.override"]}
justfiles {"validate": true, "include": ["a.just"], "install": true}
pacman {"remove": {"packages": ["nano"]}}
rpm-ostree {"repos": ["a.repo"], "keys": ["k"], "optfix": ["o"], "install": ["i"], "remove": ["r"], "replace": [{"from-repo": "u", "packages": ["p"]}]}
soar {"auto-upgrade": false, "additional-repos": true}
yafti {"custom-flatpaks": [{"Krita": "org.kde.krita"}]}
zypper {"install": {"packages": []}}
"#;

/// What each module type refuses: spelling, configuration, words of the error.
const REFUSED: &str = r#"
akmods {"base": "main"} => missing field `install`
akmods {"install": [], "base": "zen"} => unknown variant `zen`
akmods {"install": [], "nvidia": true} => unknown field `nvidia`
apk {"install": "a"} => expected a mapping with `packages`
apt {"install": {}} => missing field `packages`
apt {"install": null} => expected a mapping with `packages`
apt {"update": true} => unknown field `update`
bling {"install": "rpmfusion"} => expected a sequence
bling {"install": ["flatpaksync"]} => unknown variant `flatpaksync`
brew {"auto-upgrade": "true"} => expected a boolean
brew {"install": ["x"]} => unknown field `install`
chezmoi {} => missing field `repository`
chezmoi {"repository": "r", "file-conflict-policy": "none"} => expected `skip` or `replace`
default-flatpaks@v1 {"configurations": []} => unknown field `configurations`
default-flatpaks@v1 {"system": {"repo-name": ["flathub"]}} => expected a string
default-flatpaks {"system": {}} => type: default-flatpaks@v1
default-flatpaks@v2 {"notify": true} => type: default-flatpaks@v1
default-flatpaks {} => missing field `configurations`
default-flatpaks {"configuration": []} => unknown field `configuration`
default-flatpaks@latest {"configurations": [{"scope": "all"}]} => expected `system` or `user`
dnf {"repos": {"files": "a.repo"}} => expected a list or a mapping
dnf {"repos": {"files": {"adds": []}}} => unknown field `adds`
dnf {"repos": {"copr": [{"name": "a/b"}]}} => missing field `chroot`
dnf {"repos": {"copr": {"enable": [1]}}} => expected a name or a mapping
dnf {"repos": {"copr": {"disable": [{}]}}} => expected a string
dnf {"repos": {"nonfree": "both"}} => expected `negativo17` or `rpmfusion`
dnf {"install": {"packages": [{"repo": "r"}]}} => missing field `packages`
dnf {"install": {"packages": [], "no-gpgpchecks": true}} => unknown field `no-gpgpchecks`
dnf {"builddep": {"packages": [{"repos": "r"}]}} => unknown field `repos`
dnf {"replace": [{"from-repo": "x", "packages": [{"old": "b"}]}]} => missing field `new`
dnf {"replace": {"from-repo": "x"}} => expected a sequence
dnf {"group-remove": {"packages": [], "exclude": []}} => unknown field `exclude`
fonts {} => missing field `fonts`
fonts {"fonts": {"url-fonts": [{"name": "x"}]}} => missing field `url`
gnome-extensions {"install": [true]} => expected a name or a whole number
gnome-extensions {"install": [-1]} => negative
gnome-extensions {"uninstall": [307]} => expected a string
gschema-overrides {"include": "a"} => expected a sequence
justfiles {"validate": "true"} => expected a boolean
pacman {"install": {"packages": "a"}} => expected a sequence
rpm-ostree {"replace": ["a"]} => `from-repo` and `packages`
rpm-ostree {"keys": "k"} => expected a sequence
soar {"interval": "1d"} => unknown field `interval`
yafti {"custom-flatpaks": ["org.kde.krita"]} => expected a map
zypper {"remove": {"packages": [], "force": true}} => unknown field `force`
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
        let read = read(spelling, &config);
        assert!(read.is_ok(), "{spelling} {config}: {read:?}");
    }
}

#[test]
fn refuses_with_words_that_help() {
    for (spelling, config, words) in refused() {
        let error = read(spelling, &config).expect_err(spelling);
        assert!(error.contains(words), "{spelling} {config}: {error}");
    }
}

#[test]
fn every_module_type_is_in_both_tables() {
    let name = |spelling: &'static str| spelling.split('@').next().unwrap_or(spelling);
    let all: BTreeSet<_> = names().iter().copied().collect();
    let accepts: BTreeSet<_> = accepted().map(|(spelling, _)| name(spelling)).collect();
    let refuses: BTreeSet<_> = refused().map(|(spelling, ..)| name(spelling)).collect();
    assert_eq!(all.len(), 17,);
    assert_eq!((&accepts, &refuses), (&all, &all));
}

#[test]
fn schemas_and_types_agree() {
    let mut generator = schemars::SchemaGenerator::default();
    let schemas = schemas(&mut generator);
    let definitions = generator.definitions().clone();
    let validator = |spelling: &str| {
        let (_, schema) = schemas
            .iter()
            .find(|(name, _)| *name == spelling)
            .expect(spelling);
        let mut schema = schema.clone().to_value();
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
    assert_eq!(versions("default-flatpaks"), ["v1", "v2", "latest"]);
    assert_eq!(versions("dnf"), ["v1", "latest"]);
    assert!(versions("files").is_empty());
    assert!(parse("files", None, &json!({})).is_none());
    assert_eq!(
        read("dnf@v3", &json!({})).expect_err("no such version"),
        "`dnf` has no version `v3`; the versions are v1, latest"
    );
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
    let problems = crate::yaml::decode::<crate::module::types::dnf::bluebuild::Dnf>(&node).expect_err("it is wrong");
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
    let problems = crate::yaml::check::<crate::module::types::dnf::bluebuild::Dnf>(&node);
    assert!(problems.is_empty(), "{problems:?}");
}
