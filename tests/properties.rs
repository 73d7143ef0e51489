//! Reading any bytes from outside never panics.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use terroir::module::ImageConfig;
use terroir::oci::{parse_index, parse_manifest, parse_platform};
use terroir::origin::Diagnostic;
use terroir::recipe::{Base, Known, Loader, Parents, Record, Unusable};
use terroir::registry::Reference;
use terroir::tree::{DirectoryTable, Limits, read_layer};
use terroir::yaml::parse;

/// No parent is known.
struct Nobody;

impl Parents for Nobody {
    fn known(&self, _: &Base, _: &terroir::oci::Platform) -> Result<Option<Known>, Unusable> {
        Ok(None)
    }

    fn config(
        &self,
        _: &Base,
        _: &terroir::oci::Platform,
    ) -> Result<Option<ImageConfig>, Unusable> {
        Ok(None)
    }
}

fn recipes() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes")];
    while let Some(folder) = open.pop() {
        for entry in folder
            .read_dir()
            .expect("the shipped recipes are there")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A change of some bytes: where (of a thousand), how many go, and what comes.
type Change = (usize, usize, String);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let pieces = prop_oneof![
        "[ -~]{0,8}",
        Just("\n".to_owned()),
        Just("\t".to_owned()),
        Just("- ".to_owned()),
        Just("{{ ".to_owned()),
        Just(" }}".to_owned()),
        Just("{% if %}".to_owned()),
        Just("&a ".to_owned()),
        Just("*a".to_owned()),
        Just("<<: ".to_owned()),
        Just("../../".to_owned()),
        Just("from-file: it.yml".to_owned()),
        Just("\u{feff}\0é".to_owned()),
        Just("99999999999999999999".to_owned()),
    ];
    prop::collection::vec((0..1000_usize, 0..12_usize, pieces), 1..5)
}

fn change(text: &str, changes: &[Change]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (place, gone, new) in changes {
        let start = text.len() * place / 1000;
        let end = (start + gone).min(text.len());
        text.splice(start..end, new.chars());
    }
    text.into_iter().collect()
}

/// Loads a text as a recipe of a repository of its own, beside the shipped ones.
fn load(folder: &Path, text: &str) -> Result<(), Vec<Diagnostic>> {
    let recipe = folder.join("recipes/universal/it.yml");
    std::fs::write(&recipe, text).expect("written");
    let nothing = |_: &str| None;
    let platform = parse_platform("linux/amd64").expect("a platform");
    Loader::new(&recipe, &Nobody, &nothing)
        .load(&recipe, &platform)
        .map(|_| ())
}

/// A copy of the shipped recipes.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(folder.path().join("terroir.lock"), "").expect("written");
    for recipe in recipes() {
        let place = folder
            .path()
            .join(recipe.strip_prefix(from).expect("below the project"));
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        std::fs::copy(&recipe, place).expect("copied");
    }
    folder
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_from_outside(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Record::parse(&bytes);
        let _ = DirectoryTable::parse(&bytes);
        let _ = parse_manifest(&bytes);
        let _ = parse_index(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        let _ = parse("it.yml", &text);
        let _ = Reference::parse(&text);
        let mut visit = |_, _: &mut dyn std::io::Read| Ok(std::ops::ControlFlow::Continue(()));
        for kind in ["zstd", "gzip", ""] {
            let kind = terroir::oci::layer_type(kind);
            let _ = read_layer(bytes.as_slice(), &kind, &Limits::default(), &mut visit);
        }
    }

    #[test]
    fn tables_that_were_changed(changes in changes()) {
        let table = "/etc 755 0 0 - -\0/lib 777 0 0 >usr/lib -\0/srv/%C3%A4 2775 0 33 - user.note=a%20b,user.other=\0";
        if let Ok(read) = DirectoryTable::parse(change(table, &changes).as_bytes()) {
            prop_assert_eq!(DirectoryTable::parse(&read.to_bytes()).expect("written"), read);
        }
    }

    #[test]
    fn records_that_were_changed(changes in changes()) {
        let record = r#"{"ancestry":[{"name":"upper","recipe":"r.yml","tier":"universal"}],"epoch":7,"facts":{"architecture":"amd64","codename":"","family":"debian","id":"debian","versionId":"12"},"format":1,"osRelease":"ID=debian\n","reference":"upper","settings":{"sysctl:net.ipv4.ip_forward":[{"flavour":"upper","origin":{"column":1,"file":"r.yml","length":1,"line":1},"tier":"universal","value":0}]},"units":{"files":{}}}"#;
        prop_assert!(Record::parse(record.as_bytes()).is_ok());
        if let Ok(read) = Record::parse(change(record, &changes).as_bytes()) {
            let _ = read.flavour();
            let written = read.to_bytes();
            prop_assert_eq!(Record::parse(&written).expect("written").to_bytes(), written);
        }
    }

    #[test]
    fn documents_that_were_changed(changes in changes()) {
        let document = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0},"layers":[],"manifests":[]}"#;
        let changed = change(document, &changes);
        let _ = parse_manifest(changed.as_bytes());
        let _ = parse_index(changed.as_bytes());
    }
}

#[test]
fn shipped_recipes_that_were_changed() {
    let folder = repository();
    let recipes = recipes();
    let texts: Vec<String> = recipes
        .iter()
        .map(|recipe| std::fs::read_to_string(recipe).expect("read"))
        .collect();
    let config = ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (0..texts.len(), changes());
    let done = runner.run(&strategy, |(which, changes)| {
        if let Err(diagnostics) = load(folder.path(), &change(&texts[which], &changes)) {
            prop_assert!(!diagnostics.is_empty());
            prop_assert!(diagnostics.iter().all(|one| !one.message.is_empty()));
        }
        Ok(())
    });
    done.expect("no change makes the loader panic");
}
