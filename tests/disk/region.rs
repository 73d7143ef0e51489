//! Time zone, language, keyboard and first start of one host: what is on the disk beside what the programs of
//! systemd write, and what bash makes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::installed::{SIZE, Site, deployed, is_blank};
use super::judge::{is_there, run};
use super::layout::Member;
use super::workspace::Workspace;
use super::{ROOT, debugfs, examine, image, members};

const ZONE: &str = "usr/share/zoneinfo/Europe/Paris";

/// A locale archive with French, as the C library writes it.
fn archive(workspace: &Workspace) -> Vec<u8> {
    let prefix = workspace.path("locales");
    fs::create_dir_all(prefix.join("usr/lib/locale")).expect("a folder");
    let prefix = format!("--prefix={}", prefix.display());
    run(
        "localedef",
        &[&prefix, "-i", "fr_FR", "-f", "UTF-8", "fr_FR.UTF-8"],
        &[],
    );
    let listed = run("localedef", &[&prefix, "--list-archive"], &[]);
    assert_eq!(String::from_utf8_lossy(&listed), "fr_FR.utf8\n");
    fs::read(workspace.path("locales/usr/lib/locale/locale-archive")).expect("an archive")
}

/// Writes an image whose programs know a time zone, a locale and a keyboard.
fn with_region(workspace: &Workspace, cycle: &str) {
    let mut all: Vec<Member<'_>> = members(cycle).into_iter().map(|(_, one)| one).collect();
    let zone = fs::read(format!("/{ZONE}")).expect("tzdata");
    let archive = archive(workspace);
    all.extend([
        Member::File(ZONE, &zone),
        Member::Link("etc/localtime", "/usr/share/zoneinfo/Etc/UTC"),
        Member::File("etc/timezone", b"Etc/UTC\n"),
        Member::File("usr/lib/locale/locale-archive", &archive),
        Member::File("etc/default/locale", b"LANG=C\n"),
        Member::File("usr/bin/setupcon", b""),
        Member::File("usr/share/X11/xkb/symbols/fr", b""),
        Member::File("etc/console-setup/cached_setup_keyboard.sh", b"of us"),
        Member::File("etc/console-setup/cached_UTF-8_del.kmap.gz", b"of us"),
        Member::File("etc/console-setup/cached_setup_font.sh", b"a font"),
        Member::File("usr/lib/systemd/systemd-vconsole-setup", b""),
        Member::File("usr/share/keymaps/i386/azerty/fr.map.gz", b""),
        Member::File("usr/bin/bash", b""),
    ]);
    image(workspace, &all);
}

/// /etc of an installed machine, in a folder.
fn etc(site: &Site, disk: &Path, is_plain: bool) -> PathBuf {
    let to = site.workspace.path("machine");
    fs::create_dir(&to).expect("a folder");
    let system = match is_plain {
        true => String::new(),
        false => deployed(disk),
    };
    debugfs(disk, ROOT, &format!("rdump {system}/etc {}", to.display()));
    to.join("etc")
}

#[test]
fn a_region_is_what_systemd_writes_for_it() {
    let programs = ["systemd-firstboot", "localedef"];
    if !programs.into_iter().all(is_there) || !Path::new(&format!("/{ZONE}")).exists() {
        return;
    }
    for cycle in ["ostree", "plain"] {
        let Some(site) = Site::new(&|workspace| with_region(workspace, cycle)) else {
            return;
        };
        site.document(
            &json!({ "time-zone": "Europe/Paris", "locale": "fr_FR.UTF-8", "keyboard": "fr" }),
        );
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert_eq!(code, 0, "{said}");
        examine(&site.workspace, &disk);
        let etc = etc(&site, &disk, cycle == "plain");
        let other = site.workspace.path("firstboot");
        fs::create_dir_all(other.join("etc")).expect("a folder");
        let zones = other.join("usr/share/zoneinfo/Europe");
        fs::create_dir_all(&zones).expect("a folder");
        fs::copy(format!("/{ZONE}"), zones.join("Paris")).expect("copied");
        run(
            "systemd-firstboot",
            &[
                &format!("--root={}", other.display()),
                "--force",
                "--timezone=Europe/Paris",
                "--locale=fr_FR.UTF-8",
                "--keymap=fr",
            ],
            &[],
        );
        let link = |root: &Path| fs::read_link(root.join("localtime")).expect("a link");
        assert_eq!(link(&etc), link(&other.join("etc")));
        let read = |path: &str| fs::read_to_string(etc.join(path)).expect("a file");
        // Where systemd writes the language depends on who built it.
        let theirs = ["locale.conf", "default/locale"].map(|path| other.join("etc").join(path));
        let theirs = theirs.iter().find_map(|path| fs::read_to_string(path).ok());
        let theirs = theirs.expect("a language");
        assert_eq!(read("locale.conf"), theirs);
        assert_eq!(read("default/locale"), theirs);
        let keymap = fs::read_to_string(other.join("etc/vconsole.conf")).expect("a keymap");
        assert_eq!(read("vconsole.conf"), format!("{keymap}XKBLAYOUT=fr\n"));
        assert_eq!(read("timezone"), "Europe/Paris\n");
        assert!(read("default/keyboard").contains("XKBLAYOUT=\"fr\"\n"));
        // Nothing that was made of another keyboard goes before it.
        let mut left: Vec<_> = fs::read_dir(etc.join("console-setup"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["cached_setup_font.sh"]);
    }
}

/// Writes an image with one locale, and another one that was not finished.
fn with_little(workspace: &Workspace) {
    let mut all: Vec<Member<'_>> = members("ostree").into_iter().map(|(_, one)| one).collect();
    all.push(Member::Folder("usr/lib/locale/fr_FR.utf8"));
    all.push(Member::File("usr/lib/locale/de_DE.utf8/LC_CTYPE", b""));
    image(workspace, &all);
}

/// Keys of a document, the exit code, and what is said of them.
fn refused() -> Vec<(Value, i32, &'static str)> {
    vec![
        (
            json!({ "time-zone": "Europe/Paris" }),
            3,
            "it has no time zone Europe/Paris",
        ),
        (
            json!({ "locale": "fr_FR.UTF-8" }),
            3,
            "it has no locale fr_FR.UTF-8: it was not generated",
        ),
        (
            json!({ "keyboard": "fr" }),
            3,
            "nothing in it sets the keyboard of the console",
        ),
        (
            json!({ "first-boot": ["true"] }),
            3,
            "it has no bash, which runs the commands of the first start",
        ),
        (
            json!({ "time-zone": "../etc/passwd" }),
            2,
            "is not a time zone",
        ),
        (
            json!({ "locale": "C.UTF-8", "files": [{ "path": "/etc/locale.conf", "content": "" }] }),
            2,
            "/etc/locale.conf is made of `locale`",
        ),
        (
            json!({ "files": [{ "path": "/etc/terroir/first-boot/9", "content": "" }] }),
            2,
            "is where the commands of the first start are",
        ),
        (
            json!({ "first-boot": [" \n"] }),
            2,
            "a command of the first start is empty",
        ),
    ]
}

#[test]
fn a_region_that_the_image_lacks_is_refused_by_name() {
    let Some(site) = Site::new(&with_little) else {
        return;
    };
    for (keys, expected, message) in refused() {
        site.document(&keys);
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(
            code == expected && said.contains(message),
            "{keys}: {code}: {said}"
        );
        assert!(is_blank(&disk), "{keys}");
    }
}

#[test]
fn a_region_that_needs_no_file_is_there() {
    let Some(site) = Site::new(&with_little) else {
        return;
    };
    // UTC is what a machine without a link has.
    site.document(&json!({ "time-zone": "UTC", "locale": "de_DE.UTF-8" }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let etc = etc(&site, &disk, false);
    assert!(etc.join("localtime").symlink_metadata().is_err());
    let link = fs::read_link(etc.join("default/locale")).expect("a link");
    assert_eq!(link, Path::new("../locale.conf"));
}

/// Runs the commands of a first start as their unit does, with the folder for what is done.
#[expect(clippy::disallowed_methods, reason = "tests run what was written")]
fn start(etc: &Path, state: &Path, out: &Path) -> Output {
    let mut bash = Command::new("bash");
    bash.arg(etc.join("terroir/first-boot/run"));
    bash.env("STATE_DIRECTORY", state).env("OUT", out);
    bash.output().expect("bash runs")
}

#[test]
fn commands_of_the_first_start_run_once_each() {
    if !["systemd-analyze", "bash"].into_iter().all(is_there) {
        return;
    }
    let Some(site) = Site::new(&|workspace| {
        let mut all: Vec<Member<'_>> = members("ostree").into_iter().map(|(_, one)| one).collect();
        all.push(Member::File("usr/bin/bash", b""));
        image(workspace, &all);
    }) else {
        return;
    };
    let cut =
        "if [ ! -e $OUT.cut ]; then\n\ttouch $OUT.cut\n\tkill -9 $PPID $$\nfi\necho two >>$OUT";
    site.document(&json!({ "first-boot": [
        "echo 'one, it''s' \"$(id -u)\" >>$OUT", cut, "[ -e $OUT.ready ]\necho three >>$OUT",
    ] }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    examine(&site.workspace, &disk);
    let etc = etc(&site, &disk, false);
    let unit = etc.join("systemd/system/terroir-first-boot.service");
    run(
        "systemd-analyze",
        &["verify", &unit.display().to_string()],
        &[],
    );
    let wanted = etc.join("systemd/system/multi-user.target.wants/terroir-first-boot.service");
    assert_eq!(
        fs::read_to_string(wanted).expect("the unit"),
        fs::read_to_string(&unit).expect("the unit")
    );
    let about = debugfs(
        &disk,
        ROOT,
        &format!("stat {}/etc/terroir/first-boot/0001", deployed(&disk)),
    );
    assert!(about.contains("Mode:  0700"), "{about}");
    let state = site.workspace.path("state");
    fs::create_dir(&state).expect("a folder");
    let out = site.workspace.path("out");
    let read = || fs::read_to_string(&out).unwrap_or_default();
    // The machine loses its power in the second command.
    assert!(!start(&etc, &state, &out).status.success());
    assert_eq!(read(), "one, its 0\n");
    // The third one fails.
    let failed = start(&etc, &state, &out);
    let said = String::from_utf8_lossy(&failed.stdout).into_owned();
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(
        said.contains("<3>command 0003 ended with exit code 1"),
        "{said}"
    );
    assert_eq!(read(), "one, its 0\ntwo\n");
    assert!(!state.join("done").exists());
    fs::write(site.workspace.path("out.ready"), "").expect("written");
    assert!(start(&etc, &state, &out).status.success());
    assert_eq!(read(), "one, its 0\ntwo\nthree\n");
    assert!(state.join("done").exists());
}

/// What only machines read that are updated.
#[test]
fn updates_of_a_plain_image_are_told_to_have_no_effect() {
    for (cycle, expected) in [("plain", true), ("ostree", false)] {
        let Some(site) = Site::new(&|workspace| super::whole(workspace, cycle)) else {
            return;
        };
        let host = site.registry.reference("os/test").registry().to_owned();
        let follow = format!("{host}/os/test:stable");
        let login = json!({ "user": "tester", "password": "secret-of-registry" });
        let mut credentials = Value::Object(serde_json::Map::new());
        credentials[&host] = login;
        site.document(&json!({
            "follow": follow,
            "registry": { "credentials": credentials, "keep-credentials": true },
        }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert_eq!(code, 0, "{said}");
        for key in ["follow", "keep-credentials"] {
            assert_eq!(
                said.contains(&format!("`{key}` has no effect")),
                expected,
                "{said}"
            );
        }
        let etc = etc(&site, &disk, cycle == "plain");
        assert_eq!(etc.join("ostree/auth.json").exists(), !expected);
    }
}
