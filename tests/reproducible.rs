//! The same inputs give the same bytes, and published formats stay as they are.

#[path = "support/base.rs"]
mod base;
#[path = "reproducible/distributions.rs"]
mod distributions;
#[path = "support/family.rs"]
mod family;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/judge.rs"]
mod judge;
#[path = "support/program.rs"]
mod program;
#[path = "support/registry_real.rs"]
mod registry_real;
#[path = "support/state.rs"]
mod state;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use family::{Family, Step, steps};
use program::Terroir;
use registry_real::{Locks, RealRegistry, have};
use tempfile::TempDir;
use terroir::oci::Digest;

const FRANCE: &str = "local/france-server.yml";

/// The number of a user who owns nothing on any machine.
const STRANGER: u32 = 65_534;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// The program in a folder that a stranger owns, run as that stranger with a strict umask.
fn as_stranger(folder: &Path) -> Terroir {
    let program = folder.join("terroir");
    fs::copy(env!("CARGO_BIN_EXE_terroir"), &program).expect("writable");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("mine");
    let numbers = [format!("--reuid={STRANGER}"), format!("--regid={STRANGER}")];
    let everything = format!("{}", folder.display());
    let owner = format!("{STRANGER}:{STRANGER}");
    judge::run("chown", &["-R", &owner, &everything], b"");
    let mut starter: Vec<&str> = vec!["setpriv", "--clear-groups"];
    starter.extend(numbers.iter().map(String::as_str));
    starter.extend(["sh", "-c", "umask 077; exec \"$@\"", "sh"]);
    Terroir::started_by(&starter, &program, &folder.join("store"))
}

#[test]
fn another_folder_user_umask_and_time_give_the_same_bytes() {
    let (one, other) = (folder(), folder());
    let mine = Family::new(one.path(), 0o022);
    mine.stack_on(foreign::usr_merged());
    let terroir = Terroir::new(&one.path().join("store"));
    let first = mine.build(&terroir, FRANCE, &[]);
    let below = other.path().join("below/deep");
    fs::create_dir_all(&below).expect("writable");
    let theirs = Family::new(&below, 0o077);
    theirs.stack_on(foreign::usr_merged());
    let terroir = match judge::is_root() && judge::is_there("setpriv") {
        true => as_stranger(other.path()),
        false => Terroir::new(&other.path().join("store")),
    };
    let second = theirs.build(&terroir, FRANCE, &[]);
    assert!(steps(&first).len() > 12, "{first:#}");
    assert_eq!(steps(&first), steps(&second));
    assert_eq!(first["digest"], second["digest"]);
    let gzip = ["--compression=gzip"];
    let first = mine.build(&Terroir::new(&one.path().join("store")), FRANCE, &gzip);
    let second = theirs.build(&terroir, FRANCE, &gzip);
    assert_eq!(first["digest"], second["digest"]);
}

/// The steps that were not found in the store.
fn missed(steps: &[Step]) -> Vec<&str> {
    let missed = steps.iter().filter(|step| step.missed.is_some());
    missed.map(|step| step.name.as_str()).collect()
}

#[test]
fn a_changed_base_keeps_every_layer_that_did_not_read_what_changed() {
    let place = folder();
    let family = Family::new(place.path(), 0o022);
    let terroir = Terroir::new(&place.path().join("store"));
    family.stack_on(foreign::usr_merged());
    let first = family.build(&terroir, FRANCE, &[]);
    let again = steps(&family.build(&terroir, FRANCE, &[]));
    assert_eq!(missed(&again), [""; 0]);

    // Files that no step reads, and directories that none goes through.
    let mut base = foreign::usr_merged();
    base.retain(|(entry, _)| !matches!(entry.path.as_bytes(), b"usr/bin/perl" | b"usr/bin/perl5"));
    base.push(foreign::file("/usr/bin/perl", 0o755, "a newer perl"));
    base.push(foreign::directory("/var/lib/new", 0o700));
    family.stack_on(foreign::sorted(base.clone()));
    let second = family.build(&terroir, FRANCE, &[]);
    assert_ne!(first["digest"], second["digest"]);
    assert_eq!(missed(&steps(&second)), [""; 0]);
    let layers = |steps: &[Step]| -> Vec<Step> {
        let mut steps = steps.to_vec();
        steps.retain(|step| !step.name.ends_with("record"));
        steps.iter_mut().for_each(|step| step.missed = None);
        steps
    };
    assert_eq!(layers(&steps(&first)), layers(&steps(&second)));

    // The text that os-release edits, the certificates, and a directory that is written into.
    for (entry, content) in &mut base {
        let added: &[u8] = match entry.path.as_bytes() {
            b"usr/lib/os-release" => b"NEW=1\n",
            b"etc/ssl/certs/ca-certificates.crt" => b"# new\n",
            _ => b"",
        };
        content.extend_from_slice(added);
        if let terroir::tree::EntryKind::File { size } = &mut entry.kind {
            *size = content.len() as u64;
        }
        if entry.path.as_bytes() == b"etc/chrony" {
            entry.mode = 0o755;
        }
    }
    family.stack_on(foreign::sorted(base));
    let third = family.build(&terroir, FRANCE, &[]);
    let expected = [
        "acme-server: os-release",
        "acme-server: finish: trust store",
        "france-server: settings",
    ];
    assert_eq!(missed(&steps(&third)), expected);
}

#[test]
fn a_published_parent_gives_the_same_bytes_as_one_by_path() {
    if !have("docker-registry") || !have("openssl") || !have("skopeo") {
        return;
    }
    let locks = Locks {
        tls: true,
        password: false,
    };
    let registry = RealRegistry::start(locks);
    let group = registry.reference("os/acme-server:12.4").to_string();
    let (one, other) = (folder(), folder());
    let authority = registry.authority().display().to_string();
    let trust = ["--ca-file", &authority];
    let family = Family::new(one.path(), 0o022);
    family.stack_on(foreign::bootc_shaped());
    let terroir = Terroir::new(&one.path().join("store"));
    let by_path = family.build(&terroir, FRANCE, &[]);
    let recipe = family.recipe("group/acme-server.yml");
    let recipe = recipe.display().to_string();
    terroir.run(["push", &recipe, &group].iter().chain(&trust));

    let nested = Family::new(other.path(), 0o022);
    let from = format!("from: {group}");
    nested.change(FRANCE, "from: ../group/acme-server.yml", &from);
    let terroir = Terroir::new(&other.path().join("store"));
    let by_reference = nested.build(&terroir, FRANCE, &trust);
    let own = |built: &serde_json::Value| -> Vec<Step> {
        let mut own = steps(built);
        own.retain(|step| step.name.starts_with("france-server: "));
        own
    };
    assert_eq!(own(&by_path), own(&by_reference));
    // The published one is read by others, with all of its layers.
    let target = registry.reference("os/france-server:1").to_string();
    let recipe = nested.recipe(FRANCE).display().to_string();
    terroir.run(["push", &recipe, &target].iter().chain(&trust));
    let shown = registry_real::judge(
        "skopeo",
        &[
            "inspect",
            "--tls-verify=false",
            &format!("docker://{target}"),
        ],
    );
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    let layers = shown["Layers"].as_array().expect("a list").len();
    let inherited = &by_reference["platforms"][0]["inherited"];
    assert!(
        layers as u64 > inherited.as_u64().unwrap_or(u64::MAX),
        "{shown:#}"
    );
}

/// What `name` looked like when its format got its number; `INSTA_UPDATE=always` writes it anew.
fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn keys_layers_and_records_are_those_of_their_formats() {
    let place = folder();
    let recipes = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/images/recipes/child.yml"
    );
    let text = fs::read_to_string(recipes).expect("there");
    let family = Family::new(place.path(), 0o022);
    let text = text.replace("from: BASE", "from: oci:../base:base");
    let input = "source: common/files/acme-root-ca.pem, destination: /usr/share/ca.pem";
    let text = format!("{text}  - {{ type: files, files: [{{ {input} }}] }}\n");
    fs::write(family.recipe("child.yml"), text).expect("writable");
    family.stack_on(foreign::usr_merged());
    let terroir = Terroir::new(&place.path().join("store"));
    let mut lines = String::new();
    for codec in ["zstd", "gzip"] {
        let output = format!("oci:{}:{codec}", place.path().join("out").display());
        let more = [&format!("--compression={codec}"), "-o", &output];
        let built = family.build(&terroir, "child.yml", &more);
        lines.extend([
            codec,
            " ",
            built["digest"].as_str().unwrap_or_default(),
            "\n",
        ]);
        for step in steps(&built) {
            lines.extend([step.name.as_str(), " ", &step.layer, "\n"]);
        }
    }
    golden("layers", &lines);
    let image = format!("oci:{}:zstd", place.path().join("out").display());
    let root = place.path().join("root");
    let place = root.display().to_string();
    terroir.run(["unpack", "--quiet", "--no-same-owner", &image, &place]);
    let read = |name: &str| fs::read(root.join("usr/lib/terroir").join(name)).expect("there");
    let record: serde_json::Value = serde_json::from_slice(&read("flavour.json")).expect("JSON");
    golden("record", &format!("{record:#}"));
    let directories = String::from_utf8(read("directories")).expect("text");
    golden("directories", &directories.replace('\0', "\n"));
}

#[test]
fn a_key_is_the_digest_of_a_document_that_others_can_write() {
    let place = folder();
    let text = "apiVersion: terroir/v1\nname: one\ntier: universal\nfrom: scratch\nmodules:\n\
         - type: files\n  files:\n\
         \x20 - { content: \"one\\n\", destination: /etc/one, mode: \"0400\", owner: \"5:6\" }\n";
    let family = Family::new(place.path(), 0o022);
    fs::write(family.recipe("one.yml"), text).expect("writable");
    let terroir = Terroir::new(&place.path().join("store"));
    let built = family.build(&terroir, "one.yml", &[]);
    let document = concat!(
        r#"{"actions":[{"action":"write","content":{"text":"one\n"},"mode":256,"#,
        r#""owner":{"group":{"number":6},"user":{"number":5}},"path":"/etc/one"}],"#,
        r#""codec":"zstd","format":2,"inputs":[],"kind":"pure","reads":{},"rows":{}}"#
    );
    let key = Digest::of(document.as_bytes()).to_string();
    assert_eq!(built["platforms"][0]["steps"][0]["key"], key.as_str());
}
