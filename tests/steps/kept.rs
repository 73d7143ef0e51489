//! What is kept of a step: its layer and its cache, never its secrets.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{Project, Terroir, judge, said, steps};

const SECRET: &str = "correct-horse-battery";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        match path.is_dir() && !path.is_symlink() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

/// Every byte of some files, compressed ones decompressed too.
fn all_bytes(files: &[PathBuf]) -> Vec<u8> {
    let mut all = Vec::new();
    for path in files {
        let bytes = fs::read(path).unwrap_or_default();
        let mut plain = Vec::new();
        if zstd::Decoder::new(bytes.as_slice())
            .and_then(|mut decoder| decoder.read_to_end(&mut plain))
            .is_ok()
        {
            all.extend(plain);
        }
        all.extend(bytes);
    }
    all
}

fn contains(all: &[u8], text: &str) -> bool {
    all.windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn secrets_are_seen_and_never_kept() {
    let project = Project::new();
    project.write("token", "tok-en-of-a-file\n");
    let modules = "  - type: script
    snippets:
      - |
        test \"$PASSWORD\" = correct-horse-battery
        test \"$(cat /run/secrets/token)\" = tok-en-of-a-file
        test \"$MADE\" = made-by-a-program
        echo the password is $PASSWORD and $(cat /run/secrets/token)
        echo ok > /etc/ok
    secrets:
      - { type: env, name: PASSWORD, mount: { type: env, name: PASSWORD } }
      - { type: file, source: token, mount: { type: file, destination: /run/secrets/token } }
      - { type: exec, command: echo, args: [made-by-a-program], mount: { type: env, name: MADE } }
";
    let store = tempfile::tempdir().expect("a temporary directory");
    let (from, to) = (project.store.display(), store.path().display());
    let copy = format!(
        "tar -C {from} --exclude=./tmp/* --exclude=./roots --exclude=./cache -c . | tar -C {to} -x"
    );
    judge::run("sh", &["-c", &copy], b"");
    let recipe = project.flavour("secrets", modules);
    let program = Path::new(env!("CARGO_BIN_EXE_terroir"));
    let with = |secret: &str| {
        let variable = format!("PASSWORD={secret}");
        Terroir::started_by(&["env", &variable], program, store.path())
    };
    let before = files(store.path());
    let output = with(SECRET).output(["-v", "build", &recipe]);
    assert!(output.status.success(), "{}", said(&output));
    let log = said(&output);
    assert!(log.contains("the password is *** and ***"), "{log}");
    assert!(
        !log.contains(SECRET) && !log.contains("tok-en-of-a-file"),
        "{log}"
    );
    let mut new = files(store.path());
    new.retain(|path| !before.contains(path));
    let all = all_bytes(&new);
    assert!(contains(&all, "etc/ok"), "the layer is looked at");
    for secret in [SECRET, "tok-en-of-a-file"] {
        assert!(!contains(&all, secret), "{secret} is in the store");
    }
    // Another secret does not make another step.
    let again = with("another").output(["build", &recipe]);
    let text = String::from_utf8_lossy(&again.stdout);
    assert!(text.contains("cached"), "{text}{}", said(&again));
    // A missing secret is named before anything runs.
    project.flavour("secrets", &modules.replace("echo ok", "echo other"));
    let output = project.terroir().output(["build", &recipe]);
    assert!(
        said(&output).contains("the variable is not set"),
        "{}",
        said(&output)
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn one_changed_script_runs_again_alone() {
    let project = Project::new();
    // The store is kept from run to run of the tests.
    let now = std::process::id();
    project.write(
        "recipes/one.sh",
        &format!("#!/bin/sh\necho one {now} > /etc/one\n"),
    );
    project.write(
        "recipes/two.sh",
        &format!("#!/bin/sh\necho two {now} > /etc/two\n"),
    );
    let modules = "  - type: script
    scripts: [two.sh]
  - type: script
    scripts: [one.sh]
  - type: files
    files: [{ source: one.sh, destination: /usr/share/one.sh }]
";
    let first = steps(&project.built("scripts", modules, &[]));
    assert!(
        first.iter().take(2).all(|(_, missed)| missed.is_some()),
        "{first:?}"
    );
    let again = steps(&project.built("scripts", modules, &[]));
    assert!(
        again.iter().all(|(_, missed)| missed.is_none()),
        "{again:?}"
    );
    project.write(
        "recipes/one.sh",
        &format!("#!/bin/sh\necho one again {now} > /etc/one\n"),
    );
    let changed = steps(&project.built("scripts", modules, &[]));
    assert_eq!(changed[0], again[0], "the other script is not run again");
    let why = changed[1].1.as_deref().unwrap_or_default();
    assert!(why.contains("one.sh changed"), "{why}");
    let never = modules.replacen(
        "scripts: [two.sh]",
        "scripts: [two.sh]\n    no-cache: true",
        1,
    );
    let uncached = steps(&project.built("scripts", &never, &[]));
    assert_eq!(uncached[0].1.as_deref(), Some("it is never cached"));
    assert_eq!(uncached[0].0, changed[0].0, "the same bytes come of it");
}

#[test]
fn settings_see_what_the_commands_of_their_entry_left() {
    let project = Project::new();
    let modules = "  - type: script
    snippets:
      - printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' > /usr/lib/systemd/system/made.service
  - type: systemd
    system: { enabled: [made.service] }
";
    let report = project.built("settings", modules, &[]);
    assert!(steps(&report).len() >= 2, "{report:#}");
    let folder = project.path().join("root");
    let recipe = project.path().join("recipes/settings.yml");
    let (recipe, folder) = (recipe.display().to_string(), folder.display().to_string());
    project
        .terroir()
        .run(["unpack", &recipe, &folder, "--no-same-owner"]);
    let link = Path::new(&folder).join("etc/systemd/system/multi-user.target.wants/made.service");
    assert!(link.symlink_metadata().is_ok(), "{}", link.display());
}

/// Everything that a layer can hold, and what never gets into one.
const ALL: &str = "  - type: script
    snippets:
      - |
        cp /bin/true /usr/bin/owned; chown daemon:mail /usr/bin/owned; chmod 6755 /usr/bin/owned
        ln /usr/bin/owned /usr/bin/other-name
        ln -s /nowhere /etc/a-link
        mkfifo /var/lib/fifo
        rm -r /usr/share/doc/sudo
        rm -r /etc/chrony; mkdir /etc/chrony; echo new > /etc/chrony/new
        touch /etc/hosts.new /tmp/gone /run/gone /var/log/gone.log /root/.kept
        touch -d '2033-01-01' /etc/future
        cat /etc/passwd > /etc/passwd.copy; mv /etc/passwd.copy /etc/passwd
";

/// What the layer of [`ALL`] holds.
const HELD: &[&str] = &[
    "usr/bin/owned",
    "etc/a-link",
    "var/lib/fifo",
    "usr/share/doc/.wh.sudo",
    "etc/chrony/.wh..wh..opq",
    "etc/chrony/new",
    "root/.kept",
];

/// What it does not.
const NOT_HELD: &[&str] = &[
    "tmp/",
    "run/",
    "var/log/gone.log",
    "etc/passwd",
    "dev/",
    "proc/",
    "sys/",
    "etc/resolv.conf",
    "usr/lib/terroir/",
];

#[test]
fn layers_hold_what_commands_made_and_nothing_else() {
    if !judge::is_root() {
        return;
    }
    let project = Project::new();
    let report = project.built(
        "layers",
        ALL,
        &["-o", &format!("oci:{}/out:x", project.path().display())],
    );
    let digest = report["platforms"][0]["steps"][0]["digest"]
        .as_str()
        .expect("a layer")
        .replace(':', "/");
    let blob = project.path().join("out/blobs").join(digest);
    let listed = judge::run(
        "sh",
        &[
            "-c",
            &format!("zstd -dc {} | tar --numeric-owner -tvf -", blob.display()),
        ],
        b"",
    );
    let listed = String::from_utf8(listed).expect("text");
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5))
        .collect();
    for name in HELD {
        assert!(names.contains(name), "{name} is missing in\n{listed}");
    }
    for name in NOT_HELD {
        assert!(!names.contains(name), "{name} is in\n{listed}");
    }
    let line = |name: &str| listed.lines().find(|line| line.contains(name)).expect(name);
    assert!(
        line("usr/bin/other-name").starts_with("-rwsr-sr-x 1/8"),
        "{listed}"
    );
    assert!(line("usr/bin/owned link to").starts_with('h'), "{listed}");
    assert!(!line("etc/future").contains("2033"), "{listed}");
    let folder = format!("{}/judged", project.path().display());
    let image = format!("oci:{}/out:x", project.path().display());
    judge::run(
        "skopeo",
        &["copy", "--quiet", &image, &format!("oci:{folder}:x")],
        b"",
    );
}

#[test]
fn a_plan_has_the_steps_of_the_build_also_above_commands() {
    let project = Project::new();
    let entries = |word: &str| {
        format!(
            "  - {{ type: script, snippets: [\"echo {word} > /etc/of-{word}\"] }}\n\
             \x20 - {{ type: files, files: [{{ content: {word}, destination: /etc/text-{word} }}] }}\n"
        )
    };
    project.flavour("above", &entries("above"));
    let child = project.flavour("below", &entries("below"));
    let text = fs::read_to_string(&child).expect("it was written");
    project.write(
        "recipes/below.yml",
        &text.replace("from: base.yml", "from: above.yml"),
    );
    let keys = |words: &[&str]| {
        let output = project.terroir().output(words);
        assert!(output.status.success(), "{}", said(&output));
        let mut keys = Vec::new();
        collect(
            &serde_json::from_slice(&output.stdout).expect("JSON"),
            &mut keys,
        );
        keys.sort();
        keys
    };
    let built = keys(&["build", "--format=json", &child]);
    assert!(built.len() >= 4, "{built:?}");
    let planned = keys(&["plan", "--format=json", &child]);
    for (key, _) in built {
        let is_cached = planned.contains(&(key.clone(), true));
        assert!(is_cached, "{key}: {planned:?}");
    }
}

/// The keys of the steps that make a layer, and whether the layer is there.
fn collect(value: &serde_json::Value, keys: &mut Vec<(String, bool)>) {
    match value {
        serde_json::Value::Object(map) => {
            if let (Some(key), Some(missed)) = (map.get("key"), map.get("missed"))
                && let Some(key) = key.as_str()
            {
                keys.push((key.to_owned(), missed.is_null()));
            }
            map.values().for_each(|value| collect(value, keys));
        }
        serde_json::Value::Array(all) => all.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}
