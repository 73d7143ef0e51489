//! Images through the install server: skopeo and curl fetch them, from a real registry.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;

use serde_json::{Value, json};
use terroir::oci::Digest;

use crate::judge::{is_there, run};
use crate::layout::{Layer, Layout};
use crate::line::Line;
use crate::registry_real::{Locks, RealRegistry};
use crate::server::{INVENTORY, Server, command, wait_for};

/// The size of the layer.
const LARGE: usize = 8 << 20;

/// A registry with an image, the line to it, and a server of a host that has the image.
struct Site {
    registry: Option<RealRegistry>,
    line: Line,
    server: Server,
    /// The name of the repository in the server.
    name: String,
    manifest: String,
    layer: String,
}

impl Site {
    /// None where a program is missing.
    fn start(options: &[&str]) -> Option<Self> {
        if !is_there("docker-registry") || !is_there("skopeo") {
            return None;
        }
        let registry = RealRegistry::start(Locks::default());
        let folder = tempfile::tempdir().unwrap();
        let layer = Layer::plain(noise());
        let digest = layer.diff_id.clone();
        let manifest = publish(folder.path(), layer, &registry);
        let line = Line::to(registry.reference("x").registry());
        let (address, name) = (&line.address, line.address.replace(':', "_"));
        let flavour = format!("{address}/os/server:1.0@{manifest}");
        let (head, rest) = INVENTORY.split_once("server: {").unwrap();
        let inventory = format!("{head}server: {{ images: cache,{rest}");
        let inventory = inventory.replace(
            "      own1: {",
            &format!("      own1: {{ flavour: \"{flavour}\","),
        );
        let registries =
            format!("registries: {{ \"{address}\": {{ insecure: true }} }}\ndefaults:");
        let inventory = inventory.replacen("defaults:", &registries, 1);
        let server = Server::prepared(&inventory, |folder| {
            let cache = folder.join("cache").display().to_string();
            let all = ["--cache", &cache]
                .into_iter()
                .chain(options.iter().copied());
            all.map(str::to_owned).collect()
        });
        Some(Self {
            registry: Some(registry),
            server,
            name: format!("{name}/os/server"),
            line,
            manifest,
            layer: digest,
        })
    }

    fn blob(&self, digest: &str) -> String {
        format!("v2/{}/blobs/{digest}", self.name)
    }

    /// Copies the image to a layout with skopeo; the digest of what is there then.
    fn copied(&self, folder: &Path) -> String {
        let from = format!(
            "docker://{}/{}@{}",
            self.server.address, self.name, self.manifest
        );
        let to = format!("oci:{}:it", folder.display());
        let options = [
            "copy",
            "--quiet",
            "--preserve-digests",
            "--src-tls-verify=false",
        ];
        run("skopeo", &[&options[..], &[&from, &to]].concat(), b"");
        let index = fs::read(folder.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&index).unwrap();
        index["manifests"][0]["digest"].as_str().unwrap().to_owned()
    }

    /// What the cache has below one of its folders.
    fn kept(&self, inner: &str) -> Vec<PathBuf> {
        let folder = self.server.place("cache").join(inner);
        let entries = folder.read_dir().unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// The lines of the log about images.
    fn log(&self) -> Vec<String> {
        let (done, said) = self.server.verb(&["status", "--log=1000", "--format=json"]);
        assert!(done, "{said}");
        let all: Value = serde_json::from_str(&said).unwrap();
        let rows = all["log"].as_array().unwrap().iter();
        let rows = rows.filter(|row| row["what"] == "image");
        rows.map(|row| row["result"].as_str().unwrap().to_owned())
            .collect()
    }

    fn logged(&self, begin: &str) -> bool {
        self.log().iter().any(|line| line.starts_with(begin))
    }
}

/// Bytes that nothing shortens.
fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    });
    words.take(LARGE / 8).flatten().collect()
}

/// Publishes an image of a layer; its digest.
fn publish(folder: &Path, layer: Layer, registry: &RealRegistry) -> String {
    let layout = Layout::new(folder);
    let image = layout.image(&[layer], &json!({}));
    layout.tag(image.clone());
    let from = format!("oci:{}:it", folder.display());
    let to = format!("docker://{}", registry.reference("os/server:1.0"));
    let options = [
        "copy",
        "--quiet",
        "--preserve-digests",
        "--dest-tls-verify=false",
    ];
    run("skopeo", &[&options[..], &[&from, &to]].concat(), b"");
    image["digest"].as_str().unwrap().to_owned()
}

#[test]
fn images_are_fetched_once_and_are_there_without_their_registry() {
    let Some(mut site) = Site::start(&[]) else {
        return;
    };
    // The document names the server.
    let server = &site.server;
    server.arm("own1");
    let document = server.ask("hosts/own1/host.json", &[]).json();
    let image = format!("install.lab.acme.example/{}@{}", site.name, site.manifest);
    assert_eq!(document["image"], image);
    assert_eq!(
        document["registry"]["plain-http"][1],
        "install.lab.acme.example"
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(site.copied(&folder.path().join("a")), site.manifest);
    drop(site.registry.take());
    site.line.go_down();
    assert_eq!(site.copied(&folder.path().join("b")), site.manifest);
    // A restarted server has them, too.
    site.server.crash();
    assert_eq!(site.copied(&folder.path().join("c")), site.manifest);
    let get = format!("GET /v2/os/server/blobs/{}", site.layer);
    assert_eq!(site.line.times(&get), 1);
    // What is not there cannot come: an error, and no part of anything.
    let absent = format!("sha256:{}", "b".repeat(64));
    let answer = site.server.ask(&site.blob(&absent), &["--max-time", "60"]);
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["errors"][0]["code"], "UNAVAILABLE");
}

#[test]
fn many_machines_ask_for_one_blob_and_one_is_fetched() {
    let Some(site) = Site::start(&[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // They ask while half of it is there.
    site.line.let_come(LARGE / 2);
    let asking: Vec<_> = (0..8)
        .map(|number| {
            let to = folder.path().join(number.to_string()).display().to_string();
            let from = format!("http://{}/{}", site.server.address, site.blob(&site.layer));
            let words = [
                "--silent",
                "--fail",
                "--max-time",
                "100",
                "--output",
                &to,
                &from,
            ];
            let mut curl = command("curl");
            curl.args(words).spawn().unwrap()
        })
        .collect();
    let first = folder.path().join("0");
    let size = || fs::metadata(&first).map_or(0, |about| about.len());
    // What is there goes on to them before all of it is there.
    wait_for("a part of it", || size() > 1 << 20);
    let part = site.server.ask(
        &site.blob(&site.layer),
        &["--range", "0-3", "--output", "/dev/null"],
    );
    assert_eq!(part.status, 206);
    site.line.let_come(usize::MAX);
    for (number, mut curl) in asking.into_iter().enumerate() {
        assert!(curl.wait().unwrap().success());
        let bytes = fs::read(folder.path().join(number.to_string())).unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), site.layer);
    }
    let get = format!("GET /v2/os/server/blobs/{}", site.layer);
    assert_eq!(site.line.times(&get), 1);
    let fetched = format!("fetched {}", site.layer);
    assert!(site.logged(&fetched), "{:?}", site.log());
}

#[test]
fn a_server_that_is_killed_leaves_nothing_half() {
    let Some(mut site) = Site::start(&[]) else {
        return;
    };
    site.line.let_come(LARGE / 2);
    let from = format!("http://{}/{}", site.server.address, site.blob(&site.layer));
    let mut curl = command("curl");
    curl.args(["--silent", "--max-time", "100", &from]);
    let mut curl = curl.stdout(Stdio::null()).spawn().unwrap();
    wait_for("a part of it", || {
        let parts = site.kept("incoming");
        parts
            .iter()
            .any(|part| part.metadata().unwrap().len() > 1 << 20)
    });
    site.server.crash();
    assert!(!curl.wait().unwrap().success());
    assert_eq!(site.kept("incoming").len() + site.kept("blobs").len(), 0);
    site.line.let_come(usize::MAX);
    let path = site.server.place("got").display().to_string();
    let answer = site
        .server
        .ask(&site.blob(&site.layer), &["--output", &path]);
    assert_eq!(answer.status, 200);
    let got = fs::read(path).unwrap();
    assert_eq!(Digest::of(&got).to_string(), site.layer);
}

#[test]
fn what_is_damaged_is_not_kept_and_nobody_takes_it_for_whole() {
    let Some(site) = Site::start(&[]) else {
        return;
    };
    let hex = site.layer.strip_prefix("sha256:").unwrap();
    let registry = site.registry.as_ref().unwrap().authority();
    let blobs = "data/docker/registry/v2/blobs/sha256";
    let place = format!("{blobs}/{}/{hex}/data", hex.get(..2).unwrap());
    let place = registry.with_file_name(place);
    let mut bytes = fs::read(&place).unwrap();
    bytes[LARGE - 1] ^= 1;
    fs::write(&place, bytes).unwrap();
    let from = format!("http://{}/{}", site.server.address, site.blob(&site.layer));
    let output = command("curl")
        .args([
            "--silent",
            "--max-time",
            "100",
            "--output",
            "/dev/null",
            &from,
        ])
        .output()
        .unwrap();
    assert!(!output.status.success());
    wait_for("a line of the log", || {
        let failed = format!("failed: {}", site.layer);
        let log = site.log();
        let line = log.iter().find(|line| line.starts_with(&failed));
        line.is_some_and(|line| line.contains("is damaged"))
    });
    assert_eq!(site.kept("incoming").len() + site.kept("blobs").len(), 0);
}

#[test]
fn only_images_of_hosts_are_there() {
    let Some(site) = Site::start(&["--cache-size", "1M"]) else {
        return;
    };
    let server = &site.server;
    let base = server.ask("v2/", &["--include"]);
    assert_eq!(base.status, 200);
    assert!(
        base.text
            .contains("docker-distribution-api-version: registry/2.0")
    );
    let by_tag = server.ask(&format!("v2/{}/manifests/1.0", site.name), &[]);
    assert_eq!(by_tag.status, 404);
    assert_eq!(by_tag.json()["errors"][0]["code"], "MANIFEST_UNKNOWN");
    let other = site.blob(&site.layer).replace("os/server", "os/other");
    for path in [other.as_str(), "v2/_catalog", "v2/../secret/blobs/x"] {
        let answer = server.ask(path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["errors"][0]["code"], "NAME_UNKNOWN");
    }
    assert!(site.logged("refused: no host has "), "{:?}", site.log());
    assert_eq!(
        server.ask(&site.blob(&site.layer), &["--data", "x"]).status,
        405
    );
    let manifest = format!("v2/{}/manifests/{}", site.name, site.manifest);
    let manifest = server.ask(&manifest, &["--include"]);
    let kind = "content-type: application/vnd.oci.image.manifest.v1+json";
    assert!(manifest.text.contains(kind), "{}", manifest.text);
    // It does not fit into the cache.
    let large = server.ask(&site.blob(&site.layer), &[]);
    assert_eq!(large.status, 507, "{}", large.text);
    assert!(site.log().iter().any(|line| line.contains("--cache-size")));
    // A registry that does not have it says so.
    let absent = site.blob(&format!("sha256:{}", "b".repeat(64)));
    assert_eq!(server.ask(&absent, &[]).status, 404);
    let names: Vec<_> = (0..40).map(|number| format!("v2/a/{number}")).collect();
    thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| assert_eq!(server.ask(name, &[]).status, 404));
        }
    });
    // Who asks for many names does not fill the log.
    assert!(site.log().len() < 50, "{:?}", site.log());
}

#[test]
fn an_inventory_and_a_command_line_say_the_same() {
    let server = Server::start(&[]);
    let cache = server.place("cache").display().to_string();
    let said = server.refused(&["--cache", &cache]);
    assert!(said.contains("so --cache has no effect"), "{said}");
    let (head, rest) = INVENTORY.split_once("server: {").unwrap();
    let inventory = format!("{head}server: {{ images: cache,{rest}");
    fs::write(server.place("lab.yml"), inventory).unwrap();
    let said = server.refused(&[]);
    assert!(said.contains("and it has no cache"), "{said}");
    // The server that runs keeps its answers.
    wait_for("the edit", || server.errors().contains("it has no cache"));
    assert_eq!(server.ask("boot.ipxe", &[]).status, 200);
}
