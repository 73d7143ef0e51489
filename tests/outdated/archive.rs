//! A base made from packages, and packages on it, beside an archive that the test writes.

use std::path::Path;

use serde_json::Value;

use crate::judge;
use crate::workspace::Workspace;

/// A recipe on a base of packages; nothing of it is built.
const RECIPE: &str = "apiVersion: terroir/v1\nname: web\ntier: universal\n\
    from: { bootstrap: { distribution: debian, suite: bookworm } }\nplatforms: [linux/amd64]\n\
    modules:\n  - type: apt\n    install: [hello, zlib]\n";

/// Writes a suite of an archive and gives the address of its release file.
fn suite(place: &Path, name: &str, packages: &[(&str, &str, &str)]) -> String {
    let stanzas: String = packages
        .iter()
        .map(|(package, version, architecture)| {
            format!("Package: {package}\nVersion: {version}\nArchitecture: {architecture}\n\n")
        })
        .collect();
    let script = "set -e; cd \"$1\"; mkdir -p main/binary-amd64; gzip -n > main/binary-amd64/Packages.gz\n\
                  sum=$(sha256sum < main/binary-amd64/Packages.gz); size=$(stat -c %s main/binary-amd64/Packages.gz)\n\
                  echo \"SHA256:\" > InRelease; echo \" ${sum%% *} $size main/binary-amd64/Packages.gz\" >> InRelease";
    let folder = place.join("dists").join(name);
    std::fs::create_dir_all(&folder).expect("writable");
    let folder = folder.display().to_string();
    judge::run("bash", &["-c", script, "bash", &folder], stanzas.as_bytes());
    format!("file:{folder}/InRelease")
}

/// The digest of a release file.
fn digest(url: &str) -> String {
    let file = url.trim_start_matches("file:");
    let said = judge::run("sha256sum", &[file], b"");
    let said = String::from_utf8(said).expect("text");
    format!("sha256:{}", said.split(' ').next().expect("a digest"))
}

/// The answers about the recipe, each cause as why, name and what there is.
fn causes(workspace: &Workspace, code: i32) -> Vec<[String; 3]> {
    let said = workspace.run(&["outdated", "--format", "json"]);
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    let all: Value = serde_json::from_str(&said.out).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let causes = all["flavours"][0]["causes"].as_array().expect("causes");
    let cause = |one: &Value| {
        let unknown = one["unknown"].is_string();
        let there = if unknown {
            "unknown".to_owned()
        } else {
            text(&one["available"])
        };
        [text(&one["why"]), text(&one["name"]), there]
    };
    causes.iter().map(cause).collect()
}

/// A lock of the base at two states of the archive, and of two packages.
fn lock(workspace: &Workspace, base: &str, releases: &[(&str, &str)], pool: &Path) {
    let none = "0".repeat(64);
    let pool = pool.display();
    let releases: String = releases
        .iter()
        .map(|(url, digest)| format!("          \"{url}\": {digest}\n"))
        .collect();
    let text = format!(
        "format: 2\nbases:\n  bootstraps:\n    \"{base}\":\n      linux/amd64:\n        date: 1\n        \
         facts: {{ family: debian, id: debian, versionId: \"12\", codename: bookworm, architecture: amd64 }}\n        \
         layer: sha256:{none}\n        releases:\n{releases}packages:\n  recipes/web.yml:\n    linux/amd64:\n      \
         other:\n        entry: apt\n        request: install hello zlib\n        packages:\n          \
         - \"hello:amd64=2.10-3 sha256:{none} 1 file:{pool}/pool/main/h/hello.deb\"\n          \
         - \"zlib:all=1:1.2-1 sha256:{none} 1 file:{pool}/pool/main/z/zlib.deb\"\n"
    );
    workspace.write("terroir.lock", text);
}

fn rows(all: &[[&str; 3]]) -> Vec<[String; 3]> {
    all.iter().map(|row| row.map(str::to_owned)).collect()
}

#[test]
fn an_archive_that_moved_tells_its_newer_packages() {
    if !judge::is_there("apt-get") || !judge::is_there("gzip") {
        return;
    }
    let workspace = Workspace::new();
    let place = workspace.path("archive");
    let packages = [("hello", "2.10-3", "amd64"), ("zlib", "1:1.2-2", "all")];
    let main = suite(&place, "bookworm", &packages);
    let security = suite(
        &place,
        "bookworm-security",
        &[("hello", "2.10-3+deb12u1", "amd64")],
    );
    workspace.write("recipes/web.yml", RECIPE);
    // The request in the lock has another name, so that it counts as not locked all along.
    let unlocked = ["recipe", "install hello zlib", "-"];
    let found = causes(&workspace, 1);
    let base = found[0][1].trim_start_matches("base ").to_owned();
    assert_eq!(found[1..], rows(&[unlocked]));

    let old = format!("sha256:{}", "0".repeat(64));
    lock(
        &workspace,
        &base,
        &[(&main, &old), (&security, &old)],
        &place,
    );
    let found = causes(&workspace, 1);
    let newer = rows(&[
        ["security", "hello:amd64", "2.10-3+deb12u1"],
        ["package", "zlib", "1:1.2-2"],
    ]);
    assert_eq!(found[..2], newer);
    assert_eq!(
        (found[2][0].as_str(), found[3][0].as_str()),
        ("archive", "archive")
    );

    let (here, there) = (digest(&main), digest(&security));
    let now = [
        (main.as_str(), here.as_str()),
        (security.as_str(), there.as_str()),
    ];
    lock(&workspace, &base, &now, &place);
    assert_eq!(causes(&workspace, 1), rows(&[unlocked]));

    // An archive that does not answer is unknown.
    std::fs::remove_file(security.trim_start_matches("file:")).expect("it was there");
    let found = causes(&workspace, 3);
    assert_eq!(
        (found[0][0].as_str(), found[0][2].as_str()),
        ("archive", "unknown")
    );

    // An index that is not the one of the release file is not believed.
    lock(&workspace, &base, &[(&main, &old)], &place);
    std::fs::write(
        place.join("dists/bookworm/main/binary-amd64/Packages.gz"),
        "x",
    )
    .expect("writable");
    let found = causes(&workspace, 3);
    assert_eq!(
        (found[0][1].as_str(), found[0][2].as_str()),
        ("hello:amd64", "unknown")
    );
}
