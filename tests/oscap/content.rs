//! The SCAP Security Guide, fetched once from the archive that this machine uses.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::judge;

/// The suite whose guide knows the CIS benchmarks of Debian 12 and 13 and Ubuntu 24.04.
const SUITE: &str = "forky";

/// The packages that hold it.
const PACKAGES: [&str; 2] = ["ssg-debian", "ssg-debderived"];

/// Where the guide and a relocatable OpenSCAP lie; whoever comes first fetches them.
pub(crate) fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oscap");
    fs::create_dir_all(&folder).expect("target is writable");
    let guard = File::create(folder.join("lock")).expect("target is writable");
    flock(&guard, FlockOperation::LockExclusive).expect("the lock is given in the end");
    if !folder.join("complete").exists() {
        fetch(&folder);
        bundle(&folder.join("bundle"));
        File::create(folder.join("complete")).expect("target is writable");
    }
    folder
}

/// The data stream of a distribution, by `ID` and `VERSION_ID` of its os-release.
pub(crate) fn data_stream(folder: &Path, id: &str, version: &str) -> PathBuf {
    let product = format!("{id}{}", version.replace('.', ""));
    let path = folder
        .join("content/usr/share/xml/scap/ssg/content")
        .join(format!("ssg-{product}-ds.xml"));
    assert!(path.exists(), "the guide does not know {product}");
    path
}

/// Fetches the packages with an apt of its own; nothing is installed.
fn fetch(folder: &Path) {
    let apt = folder.join("apt");
    for part in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(part)).expect("target is writable");
    }
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let source = format!("deb [signed-by={keyring}] {} {SUITE} main\n", mirror());
    fs::write(apt.join("sources.list"), source).expect("writable");
    let place = apt.display();
    let configuration = format!(
        "Dir::Etc::sourcelist \"{place}/sources.list\";\nDir::Etc::sourceparts \"-\";\n\
         Dir::State \"{place}/state\";\nDir::State::status \"/dev/null\";\nDir::Cache \"{place}/cache\";\n\
         Acquire::Check-Valid-Until \"false\";\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"root\";\n"
    );
    let file = apt.join("apt.conf");
    fs::write(&file, configuration).expect("writable");
    let script = format!(
        "cd {0}; export APT_CONFIG={1}; apt-get -qq update; apt-get -qq download {2}; \
         for package in ssg-*.deb; do dpkg-deb -x $package content; done; rm -f ssg-*.deb",
        folder.display(),
        file.display(),
        PACKAGES.join(" ")
    );
    judge::run("sh", &["-euc", &script], b"");
}

/// The archive that this machine takes its packages from.
fn mirror() -> String {
    let mut files: Vec<PathBuf> = fs::read_dir("/etc/apt/sources.list.d")
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.push("/etc/apt/sources.list".into());
    files.sort();
    let texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    for line in texts.collect::<Vec<_>>().join("\n").lines() {
        let mut words = line.split_whitespace();
        let found = match words.next() {
            Some("URIs:") => words.next(),
            Some("deb") => words.find(|word| word.contains("://")),
            _ => None,
        };
        if let Some(found) = found {
            return found.to_owned();
        }
    }
    panic!("this machine names no archive in /etc/apt");
}

/// Copies OpenSCAP and what it links to, so that it runs in any root.
fn bundle(folder: &Path) {
    fs::create_dir_all(folder.join("lib")).expect("target is writable");
    let script = format!(
        "cd {}; cp -L \"$(command -v oscap)\" oscap; cp -rL /usr/share/openscap share; \
         ldd oscap | awk '/=> \\//{{print $3}} /ld-linux/{{print $1}}' | sort -u | xargs -I@ cp -L @ lib/; \
         cp -L lib/ld-linux* loader",
        folder.display()
    );
    judge::run("sh", &["-euc", &script], b"");
}
