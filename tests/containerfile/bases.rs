//! The bases of the rows: one root of busybox, under several configurations.

use std::path::Path;

use serde_json::{Value, json};

use terroir::oci::Digest;

use crate::judge::run;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// The bases by their tags, with the `config` object of each.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    let path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    vec![
        ("bb", json!({ "Env": [path], "Cmd": ["/bin/sh"] })),
        (
            "cfg",
            json!({
                "Env": [format!("{path}:/base"), "FOO=base"], "User": "app",
                "WorkingDir": "/home/app", "Entrypoint": ["/e"], "Cmd": ["c"],
            }),
        ),
        // In this base the user app has another number.
        ("moved", json!({ "Env": [path] })),
        ("nopath", json!({})),
        ("noname", json!({ "Env": ["A=1", "=x", path] })),
        (
            "odd",
            json!({
                "Env": [path, "A=1", "A=2", "NOEQ", "EMPTY=", "EQ=a=b"],
                "Labels": { "kept": "yes", "both": "base" }, "StopSignal": "SIGINT",
                "ExposedPorts": { "80/tcp": {} }, "Volumes": { "/data": {} }, "Cmd": ["/bin/sh"],
            }),
        ),
        (
            "number",
            json!({ "Env": [path], "User": "1000", "WorkingDir": "/srv" }),
        ),
        ("group", json!({ "Env": [path], "User": "app:data" })),
    ]
}

/// Writes all bases into an OCI layout.
pub(crate) fn write(layout: &Path) {
    std::fs::create_dir_all(layout.join("blobs/sha256")).expect("made");
    let layers = [1000, 2000].map(|user| blob(layout, LAYER, &root(user)));
    let image = |(tag, config): &(&str, Value)| {
        let layer = &layers[usize::from(*tag == "moved")];
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": config,
            "created": "2025-01-01T00:00:00Z",
            "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
            "history": [{ "created_by": "a test" }],
        });
        let config = blob(layout, CONFIG, config.to_string().as_bytes());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        });
        let mut manifest = blob(layout, MANIFEST, manifest.to_string().as_bytes());
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
        manifest
    };
    let manifests: Vec<Value> = all().iter().map(image).collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    std::fs::write(layout.join("index.json"), index.to_string()).expect("written");
    let version = r#"{"imageLayoutVersion":"1.0.0"}"#;
    std::fs::write(layout.join("oci-layout"), version).expect("written");
}

fn blob(layout: &Path, kind: &str, bytes: &[u8]) -> Value {
    let digest = Digest::of(bytes).hex();
    std::fs::write(layout.join("blobs/sha256").join(&digest), bytes).expect("written");
    json!({ "mediaType": kind, "digest": format!("sha256:{digest}"), "size": bytes.len() })
}

/// A usr-merged root with all of busybox, two users and a few folders.
fn root(user: u64) -> Vec<u8> {
    let passwd = format!("root:x:0:0:root:/root:/bin/sh\napp:x:{user}:{user}::/home/app:/bin/sh\n");
    let group = format!("root:x:0:\napp:x:{user}:\ndata:x:50:app\n");
    let mut archive = tar::Builder::new(Vec::new());
    let folders = [
        "data", "dev", "etc", "home", "opt", "mnt", "proc", "pub", "root", "run", "srv", "sys",
        "tmp", "usr", "usr/bin", "usr/lib", "usr/sbin", "var", "var/tmp",
    ];
    for folder in folders {
        let mode = if folder.ends_with("tmp") || folder == "pub" {
            0o1777
        } else {
            0o755
        };
        add(
            &mut archive,
            (folder, tar::EntryType::Directory),
            (mode, 0),
            b"",
        );
    }
    add(
        &mut archive,
        ("home/app", tar::EntryType::Directory),
        (0o755, user),
        b"",
    );
    for (name, target) in [("bin", "usr/bin"), ("lib", "usr/lib"), ("sbin", "usr/sbin")] {
        link(&mut archive, name, target);
    }
    let program = std::fs::read(busybox()).expect("busybox is readable");
    add(
        &mut archive,
        ("usr/bin/busybox", tar::EntryType::Regular),
        (0o755, 0),
        &program,
    );
    for applet in applets() {
        link(&mut archive, &format!("usr/bin/{applet}"), "busybox");
    }
    link(&mut archive, "etc/os-release", "../usr/lib/os-release");
    for (path, text) in [
        ("etc/passwd", passwd.as_str()),
        ("etc/group", group.as_str()),
        ("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
    ] {
        add(
            &mut archive,
            (path, tar::EntryType::Regular),
            (0o644, 0),
            text.as_bytes(),
        );
    }
    archive.into_inner().expect("in memory")
}

fn add(
    archive: &mut tar::Builder<Vec<u8>>,
    (path, kind): (&str, tar::EntryType),
    (mode, owner): (u32, u64),
    content: &[u8],
) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_size(content.len() as u64);
    archive
        .append_data(&mut header, path, content)
        .expect("in memory");
}

fn link(archive: &mut tar::Builder<Vec<u8>>, path: &str, target: &str) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_mode(0o777);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    archive
        .append_link(&mut header, path, target)
        .expect("in memory");
}

#[expect(clippy::disallowed_methods, reason = "the program is where PATH says")]
fn busybox() -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("busybox"))
        .find(|file| file.is_file())
        .expect("busybox is installed")
}

fn applets() -> Vec<String> {
    let listed = String::from_utf8(run("busybox", &["--list"], b"")).expect("text");
    let names = listed.lines().filter(|name| *name != "busybox");
    names.map(str::to_owned).collect()
}
