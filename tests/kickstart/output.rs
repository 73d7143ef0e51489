//! `terroir kickstart`, as users run it: the folder that it writes, and the table of its checks.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use super::command::terroir;
use super::judge::run;
use super::sources::root;

const INVENTORY: &str = "\
apiVersion: terroir/v1
site: lab
server: { url: http://install.lab.example, secrets: files }
networks:
  lan: { address: 10.1.0.0/16 }
defaults:
  flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
  target: F43
  disk: { id: x }
  network: lan
  root: { password: \"file:root.hash\" }
hosts:
  web1: { mac: 52:54:00:00:00:01, address: 10.1.0.11 }
  web2: { mac: 52:54:00:00:00:02, address: 10.1.0.12 }
";

struct Lab {
    folder: tempfile::TempDir,
    store: tempfile::TempDir,
}

impl Lab {
    fn new(inventory: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        std::fs::create_dir_all(folder.path().join("kickstart")).unwrap();
        let lab = Self {
            folder,
            store: tempfile::tempdir().unwrap(),
        };
        lab.write("kickstart/lab.yml", inventory);
        lab.write(
            "kickstart/root.hash",
            "$6$saltsalt$abcdefghijklmnopqrstuvwxyz\n",
        );
        lab
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        std::fs::write(self.path(path), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut all = vec!["kickstart"];
        all.extend(arguments);
        terroir(&all, self.folder.path(), self.store.path())
    }

    #[track_caller]
    fn says(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        said
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .path(folder)
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn a_site_is_one_archive() {
    let lab = Lab::new(INVENTORY);
    let render = |to: &str| {
        let words = ["render", "kickstart/lab.yml", "--secrets", "-o", to];
        let said = lab.says(&words, 0);
        assert!(said.contains(&format!("files in {to}")), "{said}");
    };
    render("folder");
    for name in ["site.tar", "site.tar.zst", "site.tar.gz"] {
        render(name);
        assert_eq!(mode(&lab.path(name)), 0o600, "{name}");
        let first = std::fs::read(lab.path(name)).unwrap();
        render(name);
        assert!(std::fs::read(lab.path(name)).unwrap() == first, "{name}");
        let unpacked = format!("unpacked-{name}");
        std::fs::create_dir(lab.path(&unpacked)).unwrap();
        let (archive, folder) = (lab.path(name), lab.path(&unpacked));
        let (archive, folder) = (archive.to_str().unwrap(), folder.to_str().unwrap());
        run("tar", &["-C", folder, "-xpf", archive], b"");
        let rendered = lab.path("folder");
        let rendered = rendered.to_str().unwrap();
        run("diff", &["-r", rendered, folder], b"");
        let modes = [
            "-c",
            "cd $1 && find . -type f -printf '%m %p\n' | sort",
            "sh",
        ];
        let modes = |folder: &str| run("sh", &[&modes[..], &[folder]].concat(), b"");
        assert_eq!(modes(rendered), modes(folder), "{name}");
    }
    // No half of an archive stays where it cannot be written.
    lab.says(&["render", "kickstart/lab.yml", "-o", "none/site.tar"], 3);
    assert!(!lab.path("none").exists());
}

#[test]
fn a_site_is_written_checked_and_written_again() {
    let lab = Lab::new(INVENTORY);
    let said = lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 0);
    assert!(said.contains("2 hosts, 29 files in out"), "{said}");
    let names = [
        "SHA256SUMS",
        "dhcp",
        "fetch.sh",
        "http",
        "needed.json",
        "site.json",
        "tftp",
    ];
    assert_eq!(lab.names("out"), names);
    assert_eq!(lab.names("out/http/hosts"), ["web1", "web2"]);
    assert_eq!(mode(&lab.path("out")), 0o755);
    assert_eq!(mode(&lab.path("out/http/hosts/web1/kickstart.ks")), 0o644);
    // Foreign files stay; files that are not rendered any more go.
    lab.write("out/tftp/vmlinuz", "kernel");
    lab.write("kickstart/lab.yml", &INVENTORY.replace("web2", "web3"));
    lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 0);
    assert_eq!(lab.names("out/http/hosts"), ["web1", "web3"]);
    assert_eq!(
        std::fs::read(lab.path("out/tftp/vmlinuz")).unwrap(),
        b"kernel"
    );
    assert_eq!(lab.names("."), [".git", "kickstart", "out"]);
    lab.says(
        &[
            "render",
            "kickstart/lab.yml",
            "-o",
            "one",
            "--host",
            "web1",
            "--target",
            "RHEL10",
        ],
        0,
    );
    assert_eq!(lab.names("one/http/hosts"), ["web1"]);
    let said = lab.says(
        &["render", "kickstart/lab.yml", "-o", "one", "--host", "web9"],
        2,
    );
    assert!(
        said.contains("there is no host `web9`") && said.contains("did you mean `web"),
        "{said}"
    );
    // A foreign folder is not changed.
    lab.write("theirs/letter", "dear");
    let said = lab.says(&["render", "kickstart/lab.yml", "-o", "theirs"], 2);
    assert!(
        said.contains("something other than a rendered site"),
        "{said}"
    );
    assert_eq!(lab.names("theirs"), ["letter"]);
}

#[test]
fn nothing_is_written_when_something_is_wrong() {
    let wrong = INVENTORY.replace("10.1.0.12", "10.9.0.12");
    let lab = Lab::new(&wrong);
    let said = lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 2);
    assert!(said.contains("1 error in kickstart/lab.yml"), "{said}");
    assert!(
        said.contains("web2: { mac: 52:54:00:00:00:02, address: 10.9.0.12 }"),
        "{said}"
    );
    assert_eq!(lab.names("."), [".git", "kickstart"]);
    lab.write("kickstart/lab.yml", INVENTORY);
    lab.write(
        "kickstart/templates/anaconda/onerror.sh",
        "a\nb\n{{ nothing }}\n",
    );
    let said = lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 2);
    assert!(
        said.contains("kickstart/templates/anaconda/onerror.sh:3"),
        "{said}"
    );
    assert_eq!(lab.names("."), [".git", "kickstart"]);
    // What was there before stays as it was.
    std::fs::remove_dir_all(lab.path("kickstart/templates")).unwrap();
    lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 0);
    let before = std::fs::read(lab.path("out/SHA256SUMS")).unwrap();
    lab.write("kickstart/lab.yml", &wrong);
    lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 2);
    assert_eq!(std::fs::read(lab.path("out/SHA256SUMS")).unwrap(), before);
    assert_eq!(lab.names("."), [".git", "kickstart", "out"]);
}

#[test]
fn secrets_are_written_where_the_inventory_says_so() {
    let lab = Lab::new(INVENTORY);
    lab.says(
        &["render", "kickstart/lab.yml", "-o", "out", "--secrets"],
        0,
    );
    let secret = lab.path("out/http/secrets/web1/password-root");
    assert_eq!(mode(&secret), 0o600);
    assert!(std::fs::read_to_string(&secret).unwrap().starts_with("$6$"));
    assert!(
        lab.says(&["check", "out"], 0)
            .contains("no secret in a file")
    );
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(
        lab.says(&["check", "out"], 1)
            .contains("others may read it (mode 0644)")
    );
    lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 0);
    assert!(!secret.exists(), "secrets stay behind");
    std::fs::remove_file(lab.path("kickstart/root.hash")).unwrap();
    let said = lab.says(
        &["render", "kickstart/lab.yml", "-o", "out", "--secrets"],
        3,
    );
    assert!(
        said.contains("the secret root.hash cannot be read: it does not exist")
            && said.contains("kickstart/lab.yml:11:21"),
        "{said}"
    );
    lab.write(
        "kickstart/lab.yml",
        &INVENTORY.replace(", secrets: files", ""),
    );
    let said = lab.says(
        &["render", "kickstart/lab.yml", "-o", "out", "--secrets"],
        2,
    );
    assert!(
        said.contains("does not say that the server hands out secrets"),
        "{said}"
    );
}

#[test]
fn check_finds_what_was_done_to_a_site() {
    let lab = Lab::new(INVENTORY);
    let kickstart = "out/http/hosts/web1/kickstart.ks";
    type Change = &'static dyn Fn(&Lab);
    let cases: [(Change, &str); 5] = [
        (
            &|lab| lab.write("out/http/hosts/web1/kickstart.ks", "text\n"),
            "it was changed after it was rendered",
        ),
        (
            &|lab| std::fs::remove_file(lab.path("out/http/hosts/web1/kickstart.ks")).unwrap(),
            "web1 has no answer",
        ),
        (
            &|lab| {
                lab.write(
                    "out/http/extra.ks",
                    "rootpw --iscrypted $6$saltsalt$abcdefghijklmnopqrstuvwxyz\n",
                );
            },
            "out/http",
        ),
        (
            &|lab| {
                lab.write(
                    "out/http/extra.cfg",
                    "url http://install.lab.example/nothing/here\n",
                );
            },
            "leads to nothing below http",
        ),
        (
            &|lab| lab.write("out/http/a.sh", "#!/bin/bash\nif true; then\n"),
            "http/a.sh:3: ",
        ),
    ];
    for (change, expected) in cases {
        lab.says(&["render", "kickstart/lab.yml", "-o", "out"], 0);
        lab.says(&["check", "out"], 0);
        change(&lab);
        let said = lab.says(&["check", "out"], 1);
        let expected = if expected == "out/http" {
            "http/extra.ks:1: the hash of a password stands here"
        } else {
            expected
        };
        assert!(said.contains(expected), "{expected}: {said}");
        let json = lab.run(&["check", "out", "--format", "json"]);
        let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert!(value["findings"].as_u64().unwrap() > 0);
        std::fs::remove_dir_all(lab.path("out")).unwrap();
    }
    assert!(!lab.path(kickstart).exists());
    let said = lab.says(&["check", "kickstart"], 2);
    assert!(said.contains("site.json"), "{said}");
}

#[test]
fn explain_tells_who_says_what() {
    let lab = Lab::new(INVENTORY);
    let said = lab.says(&["explain", "kickstart/lab.yml", "web1", "address"], 0);
    assert!(
        said.contains("=> host     10.1.0.11  kickstart/lab.yml:13:44"),
        "{said}"
    );
    assert!(said.contains("   terroir  dhcp       <terroir>"), "{said}");
    let said = lab.says(&["explain", "kickstart/lab.yml", "web1"], 0);
    assert!(
        said.contains("target = F43  <- site (kickstart/lab.yml:8:11)"),
        "{said}"
    );
    assert!(
        said.contains("finish = reboot  <- terroir (<terroir>)"),
        "{said}"
    );
    let said = lab.says(&["explain", "kickstart/lab.yml", "web1", "adress"], 1);
    assert!(said.contains("did you mean address?"), "{said}");
    let said = lab.says(&["explain", "kickstart/lab.yml", "web9"], 1);
    assert!(said.contains("did you mean web"), "{said}");
}

#[test]
fn the_site_of_the_demo_is_rendered_and_good() {
    let store = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("paris").display().to_string();
    let arguments = ["kickstart", "render", "kickstart/paris.yml", "-o", &folder];
    let output = terroir(&arguments, root(), store.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    for name in [
        "web2/kickstart.ks",
        "db2/kickstart.ks",
        "deb1/preseed.cfg",
        "ubuntu1/user-data",
    ] {
        let text = std::fs::read_to_string(format!("{folder}/http/hosts/{name}")).unwrap();
        // The inventory's own digest changes with every comment in it.
        let text: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("(sha256 "))
            .collect();
        insta::assert_snapshot!(name.replace('/', "-"), text.join("\n"));
    }
    let rows = terroir::kickstart::check(Path::new(&folder), None).unwrap();
    for row in rows {
        assert!(
            row.findings.is_empty(),
            "{}: {:#?}",
            row.check,
            row.findings
        );
    }
}
