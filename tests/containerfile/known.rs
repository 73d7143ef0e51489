//! What recipes make of instructions when the base's configuration is known, is not, or cannot be had.

use std::path::Path;

use serde_json::json;
use terroir::module::ImageConfig;
use terroir::oci::{Platform, parse_platform};
use terroir::recipe::{Base, Facts, Flavour, Known, Loader, Parents, Unusable};

/// What a registry says of every image.
enum Registry {
    Says,
    IsNotAsked,
    Fails,
}

impl Registry {
    fn config() -> ImageConfig {
        ImageConfig::of_image(&json!({ "config": {
            "Env": ["PATH=/base", "FOO=base"], "User": "app", "WorkingDir": "/home/app",
        }}))
    }
}

impl Parents for Registry {
    fn known(&self, _: &Base, _: &Platform) -> Result<Option<Known>, Unusable> {
        Ok(match self {
            Self::IsNotAsked => None,
            _ => Some(Known {
                facts: Facts::from_os_release("ID=debian\nVERSION_ID=12\n", "amd64"),
                record: None,
                config: Some(Self::config()),
                triggers: vec!["RUN true".to_owned()],
            }),
        })
    }

    fn config(&self, _: &Base, _: &Platform) -> Result<Option<ImageConfig>, Unusable> {
        match self {
            Self::Says => Ok(Some(Self::config())),
            Self::IsNotAsked => Ok(None),
            Self::Fails => Err(Unusable {
                why: "the registry does not answer".to_owned(),
                outside: true,
            }),
        }
    }
}

const ENTRIES: &str = r#"
stages:
  - name: later
    from: first
    modules:
      - { type: containerfile, snippets: ["ENV PATH=$PATH:/later\nWORKDIR sub"] }
  - name: first
    from: registry.example.org/other/image:1
    modules:
      - { type: containerfile, snippets: ["ENV PATH=$PATH:/first\nWORKDIR w"] }
modules:
  - type: containerfile
    snippets: ["ENV PATH=$PATH:/own BAR=${FOO:-unset}\nCOPY --from=later /a rel"]
"#;
const NATIVE: &str =
    "apiVersion: terroir/v1\nname: r\ntier: universal\nfrom: registry.example.org/base/image:1";
const BLUEBUILD: &str =
    "name: r\ndescription: one\nbase-image: registry.example.org/base/image\nimage-version: 1";

fn loaded(head: &str, registry: &Registry) -> std::sync::Arc<Flavour> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let recipe = folder.path().join("recipes/r.yml");
    std::fs::create_dir(folder.path().join("recipes")).expect("made");
    std::fs::write(folder.path().join("terroir.lock"), "").expect("written");
    std::fs::write(&recipe, format!("{head}{ENTRIES}")).expect("written");
    let environment = |_: &str| None;
    let mut loader = Loader::new(Path::new(&recipe), registry, &environment);
    let platform = parse_platform("linux/amd64").expect("a platform");
    loader
        .load(&recipe, &platform)
        .unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

/// The variable PATH and the directory that a stage, or the recipe itself, ends with.
fn ends(flavour: &Flavour, stage: Option<&str>) -> (String, String) {
    let entries = match stage {
        None => &flavour.entries,
        Some(name) => {
            let stage = flavour.stages.iter().find(|stage| stage.name.value == name);
            &stage.expect("it is there").entries
        }
    };
    let config = &entries[0].config;
    let path = config.environment["PATH"].clone();
    (path, config.directory.clone().unwrap_or_default())
}

#[test]
fn recipes_and_stages_begin_with_what_images_say() {
    for head in [NATIVE, BLUEBUILD] {
        let flavour = loaded(head, &Registry::Says);
        let text = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(ends(&flavour, None), text("/base:/own", ""));
        assert_eq!(flavour.config.environment["BAR"], "base");
        let first = text("/base:/first", "/home/app/w");
        assert_eq!(ends(&flavour, Some("first")), first);
        let later = text("/base:/first:/later", "/home/app/w/sub");
        assert_eq!(ends(&flavour, Some("later")), later);
        let mut notes = flavour.notes.iter();
        assert!(notes.any(|note| note.message.contains("ONBUILD")), "said");
        let copy = format!("{:?}", flavour.entries[0].actions);
        assert!(copy.contains("/home/app/rel"), "{copy}");
    }
}

#[test]
fn what_is_not_known_is_said() {
    let words = "it is not known yet what this entry does";
    let told = |flavour: &Flavour| {
        let notes = flavour.notes.iter();
        notes.filter(|note| note.message.contains(words)).count()
    };
    let flavour = loaded(NATIVE, &Registry::IsNotAsked);
    assert_eq!(told(&flavour), 1);
    assert!(flavour.entries[0].unbuilt.is_empty(), "a plan may go on");
    let flavour = loaded(NATIVE, &Registry::Fails);
    assert_eq!(told(&flavour), 2);
    for stage in &flavour.stages {
        assert_eq!(stage.entries[0].unbuilt.len(), 1, "no build takes it");
    }
}

#[test]
fn patterns_in_variables_mean_what_bash_means() {
    let values = [
        "",
        "a",
        "a.tar.gz",
        "aXbXc",
        "/usr/lib/x",
        "ééX",
        "a*b",
        "xx",
    ];
    let patterns = [
        "a", "*", "?", "*.", ".*", "X*", "/*/", "[a-c]", "x", "\\*", "a?t",
    ];
    let mut words = Vec::new();
    for pattern in patterns {
        for operator in ["#", "##", "%", "%%"] {
            words.push(format!("${{v{operator}{pattern}}}"));
        }
        // A slash in a pattern ends it.
        if !pattern.contains('/') {
            words.push(format!("${{v/{pattern}/<r>}}"));
            words.push(format!("${{v//{pattern}/<r>}}"));
        }
    }
    for value in values {
        let script: String = words
            .iter()
            .map(|word| format!("printf '%s\\n' \"{word}\"\n"))
            .collect();
        let script = format!("v='{value}'\n{script}");
        let said = crate::judge::run("bash", &["-c", &script], b"");
        let said = String::from_utf8(said).expect("text");
        for (word, bash) in words.iter().zip(said.split('\n')) {
            let lookup = |_: &str| Some(value.to_owned());
            let ours = terroir::module::expand(word, '\\', &lookup);
            assert_eq!(ours.as_deref(), Ok(bash), "{word} of {value:?}");
        }
    }
}
