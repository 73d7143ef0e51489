//! Names with apostrophes and keys with options, in the files of every installer, as they run.

use std::path::Path;

use serde_json::Value;

use super::judge::is_there;
use super::matrix::{rendered, shown, site, text};
use super::networks::output;
use super::python::interpreter;

/// Full names that are one line.
const NAMES: [&str; 3] = ["Bob O'Neil", "Ann \"A\" $HOME `id`", "Élodie, Paris #1"];
/// Keys with options and comments.
const KEYS: [&str; 2] = [
    "from=\"192.0.2.0/24,*.acme.example\",no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy Bob's key",
    "restrict,command=\"echo \\\"$HOME\\\"\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIb0pK2mDqkXQm4kyPZSkzHxTLIx5hLLfTpFVwMk7LQy",
];

fn inventory(target: &str) -> String {
    let mut users = String::new();
    for (number, name) in NAMES.iter().enumerate() {
        let name = serde_json::to_string(name).unwrap();
        let keys = serde_json::to_string(&KEYS).unwrap();
        let password = if number == 1 {
            "password: \"env:P\", "
        } else {
            ""
        };
        users.extend([format!(
            "      u{number}: {{ name: {name}, {password}shell: /bin/zsh, ssh-keys: {keys} }}\n"
        )]);
    }
    let packages = ["debian", "ubuntu"]
        .iter()
        .any(|one| target.starts_with(one));
    format!(
        "apiVersion: terroir/v1
site: lab
server: {{ url: http://192.0.2.5, reports: false }}
networks: {{ a: {{ address: 192.0.2.0/24, ntp: [192.0.2.51, 192.0.2.52], mtu: 9000 }} }}
hosts:
  h:
    mac: 52:54:00:00:00:05
    target: {target}
    packages-only: {packages}
    network: a
    flavour: quay.io/os/server:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    disk: {{ serial: S-1 }}
    users:
{users}"
    )
}

/// Runs a script of a shell and gives what it writes.
#[track_caller]
fn ran(shell: &str, script: &str) -> String {
    let said = output(shell, &["-c", script]);
    let error = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.status.success(), "{shell}: {error}\n{script}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn pykickstart_reads_names_and_keys_as_they_are_written() {
    let Some(python) = interpreter() else {
        return;
    };
    let files = rendered(&inventory("F43"));
    let kickstart = text(&files, "http/hosts/h/kickstart.ks");
    let commands = kickstart.split("\n%pre").next().unwrap();
    let lines: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("user ") || line.starts_with("sshkey "))
        .collect();
    let (_, rest) = kickstart
        .split_once("cat >>/tmp/terroir/people.ks <<END\n")
        .unwrap();
    let (asked, _) = rest.split_once("\nEND\n").unwrap();
    let asked = ran(
        "bash",
        &format!("hash2=stand-in\ncat <<END\n{asked}\nEND\n"),
    );
    let read = "import json, sys
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion
parser = KickstartParser(makeVersion('F43'))
parser.readKickstartFromString(sys.argv[1])
users = {user.name: user.gecos for user in parser.handler.user.userList}
keys = [[key.username, key.key] for key in parser.handler.sshkey.sshUserList]
print(json.dumps([users, keys]))";
    let text = format!("{}\n{asked}", lines.join("\n"));
    let said = output(&python.display().to_string(), &["-c", read, &text]);
    let read: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&said.stderr)));
    for (number, name) in NAMES.iter().enumerate() {
        assert_eq!(read[0][format!("u{number}")], *name);
    }
    let keys = read[1].as_array().unwrap();
    assert_eq!(keys.len(), NAMES.len() * KEYS.len());
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(key[1], KEYS[number % KEYS.len()]);
    }
}

#[test]
fn cloud_init_is_given_names_and_keys_as_they_are_written() {
    let files = rendered(&inventory("ubuntu-24.04"));
    let node = terroir::yaml::parse("user-data", text(&files, "http/hosts/h/user-data"));
    let all: Value = terroir::yaml::decode(&node.unwrap()).unwrap();
    let users = &all["autoinstall"]["user-data"]["users"];
    for (number, name) in NAMES.iter().enumerate() {
        assert_eq!(users[number]["gecos"], *name);
        assert_eq!(users[number]["shell"], "/bin/zsh");
        for (place, key) in KEYS.iter().enumerate() {
            assert_eq!(users[number]["ssh_authorized_keys"][place], *key);
        }
    }
}

#[test]
fn dash_writes_names_and_keys_as_they_are_written() {
    if !is_there("dash") || !is_there("ssh-keygen") || !is_there("systemd-analyze") {
        return;
    }
    let files = rendered(&inventory("debian-12"));
    let preseed = text(&files, "http/hosts/h/preseed.cfg");
    // The installer makes the first one; it has no password and is asked for none.
    assert!(
        preseed.contains("d-i passwd/user-fullname string Bob O'Neil\n"),
        "{preseed}"
    );
    assert!(
        preseed.contains("d-i passwd/user-password-crypted password !\n"),
        "{preseed}"
    );
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    for inner in ["etc/systemd/system", "usr/local/share/ca-certificates"] {
        std::fs::create_dir_all(folder.path().join("target").join(inner)).unwrap();
    }
    let late = text(&files, "http/hosts/h/late.sh");
    let late = late.replace("/target", &format!("{place}/target"));
    let stand_ins = format!(
        "logger() {{ :; }}
in-target() {{
  case $1 in
    getent) echo \"$3:x:1:1::/home/$3:/bin/sh\" ;;
    chown) : ;;
    *) for word in \"$@\"; do printf '[%s]' \"$word\" >>{place}/log; done; echo >>{place}/log ;;
  esac
}}
"
    );
    // A function of dash has no `-` in its name.
    let script = format!("{stand_ins}{late}").replace("in-target", "in_target");
    ran("dash", &script);
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    for (number, name) in NAMES.iter().enumerate().skip(1) {
        let line =
            format!("[useradd][--create-home][--comment][{name}][--shell][/bin/zsh][u{number}]\n");
        assert!(log.contains(&line), "{line}{log}");
    }
    assert!(log.contains("[usermod][--shell][/bin/zsh][u0]\n"), "{log}");
    let target = folder.path().join("target");
    for number in 0..NAMES.len() {
        let keys = target.join(format!("home/u{number}/.ssh/authorized_keys"));
        let written = std::fs::read_to_string(&keys).unwrap();
        assert_eq!(written, format!("{}\n{}\n", KEYS[0], KEYS[1]));
        let said = output("ssh-keygen", &["-l", "-f", &keys.display().to_string()]);
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert_eq!(said.matches("(ED25519)").count(), 2, "{said}");
    }
    let root = format!("--root={}", target.display());
    let said = output(
        "systemd-analyze",
        &[&root, "cat-config", "systemd/timesyncd.conf"],
    );
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("\nNTP=192.0.2.51 192.0.2.52\n"), "{said}");
    let rules = target.join("etc/udev/rules.d/81-terroir-mtu.rules");
    assert!(Path::new(&rules).is_file());
}

#[test]
fn what_cannot_be_written_is_refused_with_what_to_write() {
    let refused = |keys: &str| {
        let text =
            inventory("F43").replace("    network: a\n", &format!("    network: a\n    {keys}\n"));
        shown(&site(&text).unwrap_err())
    };
    for (keys, expected) in [
        ("kernel-arguments: ['dyndbg=\"file x +p\"']", "modprobe.d"),
        (
            "kernel-arguments: ['mitigations=\"off\"']",
            "write mitigations=off, which is the same",
        ),
        (
            "kernel-arguments: [\"quiet splash\"]",
            "write two arguments as two items",
        ),
        (
            "root: { ssh-keys: ['from=\"192.0.2.0/24 ssh-ed25519 AAAA'] }",
            "options stand before it",
        ),
        (
            "root: { ssh-keys: ['no pty ssh-ed25519 AAAA'] }",
            "options stand before it",
        ),
    ] {
        let said = refused(keys);
        assert!(said.contains(expected), "{keys}: {said}");
    }
}

/// Policies of images, and what of each is kept.
const POLICIES: &[(Option<&str>, Option<&str>)] = &[
    (None, None),
    (
        Some(
            r#"{"default":[{"type":"insecureAcceptAnything"}],"transports":{"docker-daemon":{"":[{"type":"insecureAcceptAnything"}]}}}"#,
        ),
        Some("docker-daemon"),
    ),
];

/// The library that bootc asks reads the policy, and refuses what no rule accepts.
#[track_caller]
fn refuses_other_images(folder: &Path, policy: &Path) {
    let place = folder.display();
    let image = folder.join("image");
    std::fs::create_dir_all(&image).unwrap();
    let config = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    std::fs::write(image.join("version"), "Directory Transport Version: 1.1\n").unwrap();
    std::fs::write(image.join(config), "{}").unwrap();
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{config}","size":2}},"layers":[]}}"#
    );
    std::fs::write(image.join("manifest.json"), manifest).unwrap();
    let (from, to) = (format!("dir:{place}/image"), format!("dir:{place}/copied"));
    let said = output(
        "skopeo",
        &[
            "--policy",
            &policy.display().to_string(),
            "copy",
            &from,
            &to,
        ],
    );
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("rejected by policy"), "{said}");
}

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

#[test]
fn the_rule_of_signatures_goes_to_the_installed_system() {
    if !is_there("bash") || !is_there("skopeo") || !is_there("python3") {
        return;
    }
    let hosts = [(
        "h".to_owned(),
        "target: F43, network: lan, disk: { serial: S-1 }".to_owned(),
    )];
    let inventory = super::matrix::inventory(super::matrix::DEFAULTS, &hosts);
    let files = rendered(&inventory);
    let kickstart = text(&files, "http/hosts/h/kickstart.ks");
    let pre = between(kickstart, "# Authorities\n", "# Disks:");
    let copy = between(kickstart, "--log=/tmp/terroir-copy.log\n", "\n%end");
    for (before, kept) in POLICIES {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display().to_string();
        for inner in [
            "etc/pki/ca-trust/source/anchors",
            "root/etc/containers",
            "tmp",
        ] {
            std::fs::create_dir_all(folder.path().join(inner)).unwrap();
        }
        if let Some(policy) = before {
            std::fs::write(
                folder.path().join("root/etc/containers/policy.json"),
                policy,
            )
            .unwrap();
        }
        let script = format!("{pre}\n{copy}")
            .replace(" /etc/", &format!(" {place}/etc/"))
            .replace(">/etc/", &format!(">{place}/etc/"))
            .replace("/mnt/sysroot", &format!("{place}/root"))
            .replace("/tmp/terroir", &format!("{place}/tmp/terroir"));
        ran(
            "bash",
            &format!("update-ca-trust() {{ :; }}\nsecret() {{ echo '{{}}'; }}\n{script}"),
        );
        let installed = folder.path().join("root/etc");
        for path in [
            "pki/containers/terroir.pub",
            "containers/registries.d/50-terroir.yaml",
        ] {
            assert!(installed.join(path).is_file(), "{path}");
        }
        let policy = installed.join("containers/policy.json");
        let read: Value = serde_json::from_slice(&std::fs::read(&policy).unwrap()).unwrap();
        assert_eq!(read["default"][0]["type"], "reject");
        let rule = &read["transports"]["docker"]["registry.example.org"][0];
        assert_eq!(rule["type"], "sigstoreSigned");
        if let Some(kept) = kept {
            assert!(read["transports"][*kept].is_object(), "{read}");
        }
        refuses_other_images(folder.path(), &policy);
    }
}
