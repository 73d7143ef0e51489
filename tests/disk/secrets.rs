//! Secrets of one host: where they are after its installation, and where not.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::{Value, json};

use super::encrypted::{PROGRAMS, SECRET, metadata, opens, partition, succeeds, uuid, whole};
use super::installed::{AUTH, SIZE, Site, deployed, is_blank};
use super::judge::{is_there, run};
use super::registry_real::Locks;
use super::workspace::Workspace;
use super::{BOOT, ROOT, debugfs, python};

/// Where credentials stay.
const KEPT: &str = "/etc/ostree/auth.json";

/// A site whose registry asks for a password.
fn locked() -> Option<Site> {
    let write = |workspace: &Workspace| super::whole(workspace, "ostree\n");
    let locks = Locks {
        password: true,
        ..Locks::default()
    };
    Site::with(&write, locks)
}

/// Whether a file holds a text.
fn holds(file: &Path, text: &str) -> bool {
    let file = file.display().to_string();
    succeeds(Path::new("grep"), &["-aqF", "--", text, &file])
}

#[test]
fn credentials_stay_only_where_they_are_wanted() {
    let Some(site) = locked() else {
        return;
    };
    let host = site.registry.reference("os/test").registry().to_owned();
    let file = json!({ "auths": { &host: { "auth": AUTH } } }).to_string();
    site.pages.put("/secrets/registry", &file);
    site.pages.put("/secrets/password", "secret\n");
    let (file, password) = (site.page("secrets/registry"), site.page("secrets/password"));
    let user = json!({ &host: { "user": "tester", "password": "secret" } });
    let place = json!({ &host: { "user": "tester", "password": { "secret": password } } });
    let cases = [
        (
            json!({ "credentials": user, "keep-credentials": true }),
            true,
        ),
        (json!({ "credentials": user }), false),
        (
            json!({ "credentials": place, "keep-credentials": false }),
            false,
        ),
        (json!({ "auth-file": file, "keep-credentials": true }), true),
    ];
    for (registry, stays) in cases {
        site.document(&json!({ "registry": registry, "hostname": "web1" }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert_eq!(code, 0, "{said}");
        assert_eq!(holds(&disk, AUTH), stays, "{registry}");
        let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
        let (_, last) = site.reports();
        let told = format!("{said}{last}{menu}");
        assert!(!told.contains(AUTH) && !told.contains("tester"), "{told}");
        let left = site.workspace.path("store/tmp");
        assert_eq!(fs::read_dir(left).map_or(0, Iterator::count), 0);
        if stays {
            works(&site, &disk);
        }
    }
}

/// Lets another client of registries use the credentials on a disk.
fn works(site: &Site, disk: &Path) {
    let kept = site.workspace.path("kept.json");
    let shown = kept.display().to_string();
    let path = format!("{}{KEPT}", deployed(disk));
    debugfs(disk, ROOT, &format!("dump -p {path} {shown}"));
    let found = kept.metadata().expect("a file");
    assert_eq!((found.mode() & 0o777, found.uid()), (0o600, 0));
    if is_there("skopeo") {
        let image = format!("docker://{}", site.image);
        let words = [
            "inspect",
            "--tls-verify=false",
            "--authfile",
            &shown,
            &image,
        ];
        run("skopeo", &words, &[]);
    }
    fs::remove_file(kept).expect("removed");
}

/// Ways to reach a registry, what the place of an auth file has, and what is said.
fn wrong(site: &Site) -> Vec<(Value, &'static str, &'static str)> {
    let host = site.registry.reference("os/test").registry().to_owned();
    let place = site.page("secrets/registry");
    let login = |user: Value| json!({ "credentials": { &host: user } });
    vec![
        (json!({}), "", "no credentials"),
        (
            login(json!({ "user": "tester", "password": "hunter2" })),
            "",
            "refuses access with user tester",
        ),
        (
            login(json!({ "user": "tester" })),
            "",
            "neither a user with a password nor a token",
        ),
        (
            login(json!({ "token": "hunter2", "password": "hunter2" })),
            "",
            "neither a user",
        ),
        (
            json!({ "credentials": { "other.example.org": { "token": "hunter2" } } }),
            "",
            "no image of this document is in other.example.org",
        ),
        (
            json!({ "keep-credentials": true }),
            "",
            "has no effect without",
        ),
        (
            json!({ "auth-file": place }),
            "hunter2",
            "has no containers-auth.json(5)",
        ),
        (
            json!({ "auth-file": place }),
            r#"{"auths":{"a":{"auth":["hunter2"]}}}"#,
            "has no containers-auth.json(5)",
        ),
        (
            json!({ "auth-file": place }),
            r#"{"auths":{"a":{}},"credsStore":"hunter2"}"#,
            "which an installer has not",
        ),
    ]
}

#[test]
fn wrong_credentials_leave_the_disk_alone() {
    let Some(site) = locked() else {
        return;
    };
    for (registry, served, expected) in wrong(&site) {
        site.pages.put("/secrets/registry", served);
        site.document(&json!({ "registry": registry }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        let lower = said.to_lowercase();
        assert!(
            code != 0 && lower.contains(&expected.to_lowercase()),
            "{registry}: {said}"
        );
        let (_, last) = site.reports();
        assert!(!format!("{said}{last}").contains("hunter2"), "{said}{last}");
        assert!(is_blank(&disk), "{registry}");
    }
}

#[test]
fn a_passphrase_from_its_place_opens_the_root() {
    let Some(interpreter) = python::interpreter() else {
        return;
    };
    let write = |workspace: &Workspace| whole(workspace, "methods=passphrase tpm2\n", &PROGRAMS);
    let Some(site) = Site::new(&write).filter(|_| is_there("cryptsetup")) else {
        return;
    };
    site.pages
        .put("/secrets/passphrase", &format!("{SECRET}\n"));
    let place = site.page("secrets/passphrase");
    site.document(&json!({ "encrypt": { "mode": "passphrase", "secret": place } }));
    let disk = site.blank("a.img", SIZE);
    let (code, said) = site.install("a.img");
    assert_eq!(code, 0, "{said}");
    let volume = partition(&site.workspace, &disk);
    let name = volume.display().to_string();
    let menu = debugfs(&disk, BOOT, "cat /loader/grub.cfg");
    assert!(
        menu.contains(&format!("rd.luks.name={}=root ", uuid(&volume))),
        "{menu}"
    );
    assert!(!holds(&disk, SECRET));
    // The volume key is of this disk alone, so the machine makes no other.
    assert_eq!(metadata(&volume)["tokens"], json!({}));
    opens(&site.workspace, (interpreter, &name), &menu);
    let (_, last) = site.reports();
    assert!(!format!("{said}{last}{menu}").contains(SECRET));

    site.document(&json!({ "encrypt": { "mode": "tpm2" } }));
    let disk = site.blank("b.img", SIZE);
    let (code, said) = site.install("b.img");
    assert_eq!(code, 0, "{said}");
    let volume = partition(&site.workspace, &disk);
    let segment = &metadata(&volume)["segments"]["0"]["encryption"];
    assert_eq!(segment, "cipher_null-ecb");
}

#[test]
fn an_image_that_opens_no_encrypted_root_leaves_the_disk_alone() {
    let write = |workspace: &Workspace| whole(workspace, "methods=passphrase\n", &PROGRAMS[..2]);
    let Some(site) = Site::new(&write) else {
        return;
    };
    site.pages.put("/secrets/passphrase", "one\ntwo\n");
    let place = site.page("secrets/passphrase");
    let missing = site.page("secrets/missing");
    let cases = [
        (json!({ "mode": "tpm2" }), "its methods are passphrase"),
        (
            json!({ "mode": "tpm2", "secret": place }),
            "has no effect with the mode tpm2",
        ),
        (
            json!({ "mode": "passphrase" }),
            "needs the place of the passphrase",
        ),
        (
            json!({ "mode": "passphrase", "secret": "hunter2" }),
            "names neither an address nor a file",
        ),
        (
            json!({ "mode": "passphrase", "secret": place }),
            "has a control character",
        ),
        (
            json!({ "mode": "passphrase", "secret": missing }),
            "the page is not there",
        ),
    ];
    for (encrypt, expected) in cases {
        site.document(&json!({ "encrypt": encrypt }));
        let disk = site.blank("a.img", SIZE);
        let (code, said) = site.install("a.img");
        assert!(code != 0 && said.contains(expected), "{encrypt}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert!(is_blank(&disk), "{encrypt}");
    }
}
