//! The list of kernel arguments over flavours, as bootc reads what is written of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::claims::{Claimant, Claims, Mandatory, Proposal};
use super::record::Record;
use crate::action::{Action, Content};
use crate::origin::{Diagnostic, Origin, Sourced, Tier};
use crate::setting::tests::fake::{Disk, Repository};
use crate::setting::{Declaration, KargEdit, Kind, Setting, karg_words};

/// One statement: by the module `kargs`, or under `settings:`.
enum Said {
    Words(&'static [&'static str], &'static str),
    Remove(&'static str),
    Replace(&'static str, &'static str),
    Settings(Value),
}

fn settings(said: &Said, origin: &Origin) -> Vec<Setting> {
    let sourced = |word: &str, column: u32| {
        let mut origin = origin.clone();
        origin.column = column;
        Sourced::new(word.to_owned(), origin)
    };
    let words = |words: &[&str], only: &str, edits: &[KargEdit]| {
        let words: Vec<_> = (1..)
            .zip(words)
            .map(|(at, word)| sourced(word, at))
            .collect();
        let only: Vec<_> = only.split(',').filter(|one| !one.is_empty()).collect();
        let only: Vec<_> = only.into_iter().map(|one| sourced(one, 1)).collect();
        karg_words(edits, &words, &only).expect("valid words")
    };
    match said {
        Said::Words(list, only) => words(list, only, &[]),
        Said::Remove(word) => words(&[], "", &[KargEdit::Remove(sourced(word, 1))]),
        Said::Replace(old, new) => {
            let new = vec![sourced(new, 1)];
            words(&[], "", &[KargEdit::Replace(sourced(old, 1), new)])
        }
        Said::Settings(map) => {
            let declared: Declaration =
                serde_json::from_value(json!({ "karg": map })).expect("a declaration");
            let mut settings = declared.settings(&Repository::default()).expect("valid");
            settings
                .iter_mut()
                .for_each(|one| one.origin = origin.clone());
            settings
        }
    }
}

/// A flavour's statements, in one recipe of its own.
fn derive(
    claims: &mut Claims,
    (flavour, tier): (&str, Tier),
    said: &[(Said, bool)],
    mandatory: &[Mandatory],
) -> Vec<Diagnostic> {
    let inherited = claims.clone();
    let by = Claimant {
        flavour,
        tier,
        last_wins: false,
        inherited: &inherited,
        mandatory,
        exceptions: &[],
        informed: true,
    };
    let mut problems = Vec::new();
    for (line, (said, overrides)) in (1..).zip(said) {
        let origin = Origin {
            line,
            ..Origin::of_file(flavour)
        };
        for setting in settings(said, &origin) {
            let proposal = Proposal {
                setting,
                controls: Vec::new(),
                overrides: *overrides,
            };
            problems.extend(claims.merge(&proposal, by).err());
        }
    }
    problems
}

/// The command line that bootc makes of the files for an architecture: files by name, each whole,
/// those that are for others left out (bootc-kargs, `kargs.d`).
fn as_bootc_reads(claims: &Claims, architecture: &str) -> String {
    let all = claims.of_kind(Kind::KARG);
    let touched: BTreeSet<String> = all.keys().cloned().collect();
    let actions = Kind::KARG
        .render(&all, &touched, &mut Disk::new())
        .expect("renders");
    let mut files = BTreeMap::new();
    for action in actions {
        if let Action::Write {
            path,
            content: Content::Text(text),
            ..
        } = action
        {
            let table: toml::Table = toml::from_str(&text).expect("TOML");
            files.insert(path, table);
        }
    }
    let texts = |table: &toml::Table, key: &str| -> Option<Vec<String>> {
        let list = table.get(key)?.as_array()?;
        Some(
            list.iter()
                .filter_map(|one| one.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let mut words = Vec::new();
    for table in files.values() {
        let only = texts(table, "match-architectures");
        if only.is_none_or(|only| only.iter().any(|one| one == architecture)) {
            words.extend(texts(table, "kargs").expect("kargs"));
        }
    }
    words.join(" ")
}

/// Flavours with their statements, the parent first, and what an x86 kernel reads.
type Case = (Vec<Vec<(Said, bool)>>, &'static str);

/// Statements that add to the list.
fn appended() -> Vec<Case> {
    use Said::{Settings, Words};
    let one = |said| vec![(said, false)];
    vec![
        (
            vec![
                one(Words(&["console=ttyS0", "console=tty0"], "")),
                one(Words(&["console=ttyS1"], "")),
            ],
            "console=ttyS0 console=tty0 console=ttyS1",
        ),
        (
            vec![one(Words(
                &[
                    "hugepagesz=1G",
                    "hugepages=4",
                    "hugepagesz=2M",
                    "hugepages=512",
                    "quiet",
                ],
                "",
            ))],
            "hugepagesz=1G hugepages=4 hugepagesz=2M hugepages=512 quiet",
        ),
        (
            vec![vec![
                (Words(&["b", "a=1", "b"], ""), false),
                (Words(&["a=1"], ""), false),
            ]],
            "b a=1 b a=1",
        ),
        (
            vec![
                one(Settings(json!({"console": "tty0"}))),
                one(Settings(json!({"console": "ttyS1"}))),
                one(Settings(json!({"console": "ttyS1"}))),
            ],
            "console=tty0 console=ttyS1",
        ),
        (
            vec![
                one(Words(&["quiet", "console=tty0", "x"], "")),
                vec![(Words(&["console=ttyS0", "console=ttyS1"], ""), true)],
            ],
            "quiet x console=ttyS0 console=ttyS1",
        ),
    ]
}

/// Statements that change it.
fn edited() -> Vec<Case> {
    use Said::{Remove, Replace, Settings, Words};
    let one = |said| vec![(said, false)];
    vec![
        (
            vec![
                one(Words(&["quiet", "console=tty0", "x", "console=ttyS0"], "")),
                one(Remove("console=tty0")),
                one(Words(&["y"], "")),
            ],
            "quiet x console=ttyS0 y",
        ),
        (
            vec![
                one(Words(&["console=tty0", "x", "console=ttyS0"], "")),
                one(Remove("console")),
            ],
            "x",
        ),
        (
            vec![
                one(Words(&["console=tty0", "x", "console=ttyS0"], "")),
                one(Replace("console=tty0", "console=hvc0")),
            ],
            "console=hvc0 x console=ttyS0",
        ),
        (
            vec![
                one(Words(&["console=tty0", "x", "console=ttyS0"], "")),
                one(Settings(
                    json!({"console": {"value": "hvc0", "replace": true}}),
                )),
            ],
            "console=hvc0 x",
        ),
        (
            vec![
                one(Words(&["console=tty0", "quiet"], "")),
                one(Settings(
                    json!({"quiet": false, "console": {"remove": ["tty0"]}}),
                )),
            ],
            "",
        ),
        (
            vec![
                one(Words(&["a=1", "a=2"], "aarch64")),
                one(Words(&["a=3"], "")),
            ],
            "a=3",
        ),
    ]
}

#[test]
fn order_and_repetition_survive_and_edits_do_what_they_say() {
    for (flavours, expected) in appended().into_iter().chain(edited()) {
        let mut claims = Claims::default();
        for (number, said) in flavours.iter().enumerate() {
            let flavour = format!("f{number}");
            let problems = derive(&mut claims, (&flavour, Tier::Universal), said, &[]);
            assert_eq!(problems, [], "{expected}");
        }
        assert_eq!(as_bootc_reads(&claims, "x86_64"), expected);
        let words: Vec<String> = claims
            .kernel_arguments()
            .iter()
            .filter(|one| !one.held.name.contains('@'))
            .map(|one| one.held.word())
            .collect();
        assert_eq!(words.join(" "), expected);
    }
}

#[test]
fn what_is_written_twice_at_one_place_is_given_once() {
    let mut claims = Claims::default();
    let layer = || {
        vec![(
            Said::Words(&["console=tty0", "hugepagesz=2M", "hugepages=4"], ""),
            false,
        )]
    };
    let said = |claims: &mut Claims, said: &[(Said, bool)]| {
        // A layer's document has one place, whoever uses it.
        assert_eq!(derive(claims, ("layer", Tier::Universal), said, &[]), []);
    };
    said(&mut claims, &layer());
    said(&mut claims, &layer());
    let once = "console=tty0 hugepagesz=2M hugepages=4";
    assert_eq!(as_bootc_reads(&claims, "x86_64"), once);
    // Repeating it counts where something else was said between: 512 pages are of 1G here.
    let between = vec![(Said::Words(&["hugepagesz=1G"], ""), false)];
    assert_eq!(
        derive(&mut claims, ("other", Tier::Group), &between, &[]),
        []
    );
    said(&mut claims, &layer());
    assert_eq!(
        as_bootc_reads(&claims, "x86_64"),
        format!("{once} hugepagesz=1G {once}")
    );
}

#[test]
fn every_word_has_who_added_it() {
    let mut claims = Claims::default();
    let base = [(Said::Words(&["console=tty0", "quiet"], ""), false)];
    let below = [(Said::Words(&["console=ttyS0"], ""), false)];
    derive(&mut claims, ("base", Tier::Universal), &base, &[]);
    derive(&mut claims, ("below", Tier::Group), &below, &[]);
    let told: Vec<(String, &str)> = claims
        .kernel_arguments()
        .iter()
        .map(|one| (one.held.word(), one.claim.flavour.clone()))
        .map(|(word, flavour)| (word, if flavour == "base" { "base" } else { "below" }))
        .collect();
    let expected = [
        ("console=tty0", "base"),
        ("quiet", "base"),
        ("console=ttyS0", "below"),
    ];
    assert_eq!(
        told,
        expected.map(|(word, flavour)| (word.to_owned(), flavour))
    );
}

#[test]
fn rules_bind_what_the_kernel_uses_in_the_end() {
    let rule = |pattern: &str| Mandatory {
        pattern: pattern.to_owned(),
        exceptions_allowed: false,
        flavour: "base".to_owned(),
        tier: Tier::Universal,
        owner: None,
        origin: Origin::of_file("base"),
    };
    for (pattern, below, allowed) in [
        ("karg:audit", Said::Words(&["audit=0"], ""), false),
        ("karg:audit=1", Said::Words(&["audit=0"], ""), false),
        ("karg:audit=1", Said::Remove("audit"), false),
        ("karg:*", Said::Replace("audit=1", "audit=0"), false),
        ("karg:audit", Said::Settings(json!({"audit": 0})), false),
        ("karg:audit", Said::Settings(json!({"audit": false})), false),
        ("karg:nomodeset", Said::Words(&["nomodeset"], ""), false),
        ("karg:audit", Said::Words(&["audit=1"], ""), true),
        ("karg:audit", Said::Settings(json!({"audit": "1"})), true),
        ("karg:audit", Said::Words(&["console=ttyS0"], ""), true),
        ("karg:audit=2", Said::Words(&["audit=0"], ""), true),
    ] {
        let mut claims = Claims::default();
        let base = [
            (Said::Words(&["audit=1"], ""), false),
            (Said::Settings(json!({"nomodeset": false})), false),
        ];
        assert_eq!(
            derive(&mut claims, ("base", Tier::Universal), &base, &[]),
            []
        );
        let rules = [rule(pattern)];
        let problems = derive(
            &mut claims,
            ("below", Tier::Group),
            &[(below, true)],
            &rules,
        );
        assert_eq!(problems.is_empty(), allowed, "{pattern}: {problems:?}");
        let refused = |one: &Diagnostic| one.message.contains("is mandatory");
        assert!(problems.iter().all(refused), "{problems:?}");
    }
}

#[test]
fn what_has_no_effect_is_an_error() {
    let mut claims = Claims::default();
    let base = [(Said::Words(&["console=tty0"], ""), false)];
    derive(&mut claims, ("base", Tier::Universal), &base, &[]);
    for (said, word) in [
        (
            Said::Remove("console=ttyS0"),
            "`console=ttyS0` is not given",
        ),
        (Said::Remove("quiet"), "`quiet` is not given"),
        (
            Said::Replace("console=hvc0", "console=x"),
            "`console=hvc0` is not given",
        ),
    ] {
        let problems = derive(
            &mut claims.clone(),
            ("x", Tier::Group),
            &[(said, false)],
            &[],
        );
        assert_eq!(problems.len(), 1, "{word}");
        assert!(problems[0].message.starts_with(word), "{problems:?}");
        let hint = problems[0].hint.as_deref().unwrap_or_default();
        assert!(hint.contains("given are: console=tty0"), "{hint}");
    }
    // One recipe says two things under `settings`.
    let twice = [
        (Said::Settings(json!({"a": 1})), false),
        (Said::Settings(json!({"a": 2})), false),
    ];
    let problems = derive(&mut Claims::default(), ("x", Tier::Group), &twice, &[]);
    assert!(
        problems[0].message.contains("set twice in one recipe"),
        "{problems:?}"
    );
}

/// Words that lists are made of.
const POOL: [&str; 6] = [
    "console=tty0",
    "console=ttyS0",
    "quiet",
    "a=1",
    "hugepagesz=2M",
    "hugepages=8",
];
/// What lists are limited to.
const LIMITS: [&str; 4] = ["", "x86_64", "aarch64", "x86_64,aarch64"];

#[test]
fn generated_lists_reach_every_architecture_in_order() {
    let mut seed = 0x5eed_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap_or_default() % below
    };
    for _ in 0..300 {
        let mut claims = Claims::default();
        let mut expected: Vec<(String, &str)> = Vec::new();
        for flavour in 0..=next(3) {
            let inherited = claims.clone();
            for entry in 0..=next(3) {
                let only: &str = LIMITS[next(LIMITS.len())];
                let list: Vec<&str> = (0..=next(4)).map(|_| POOL[next(POOL.len())]).collect();
                expected.extend(list.iter().map(|word| ((*word).to_owned(), only)));
                let line = u32::try_from(entry).unwrap_or_default();
                let origin = Origin {
                    line,
                    ..Origin::of_file(&format!("f{flavour}"))
                };
                let place = |text: &str, column| {
                    let origin = Origin {
                        column,
                        ..origin.clone()
                    };
                    Sourced::new(text.to_owned(), origin)
                };
                let list: Vec<_> = (1..).zip(list).map(|(at, word)| place(word, at)).collect();
                let only: Vec<_> = only.split(',').filter(|one| !one.is_empty()).collect();
                let only: Vec<_> = only.into_iter().map(|one| place(one, 1)).collect();
                let by = Claimant {
                    flavour: "f",
                    tier: Tier::Universal,
                    last_wins: false,
                    inherited: &inherited,
                    mandatory: &[],
                    exceptions: &[],
                    informed: true,
                };
                for setting in karg_words(&[], &list, &only).expect("valid") {
                    let proposal = Proposal {
                        setting,
                        controls: Vec::new(),
                        overrides: false,
                    };
                    claims.merge(&proposal, by).expect("merges");
                }
            }
        }
        for architecture in ["x86_64", "aarch64", "riscv64", "loongarch64"] {
            let is_for = |only: &str| only.is_empty() || only.contains(architecture);
            let own = expected.iter().filter(|(_, only)| is_for(only));
            let own: Vec<&str> = own.map(|(word, _)| word.as_str()).collect();
            assert_eq!(as_bootc_reads(&claims, architecture), own.join(" "));
        }
    }
}

#[test]
fn a_record_of_the_first_format_is_read() {
    let origin = json!({"file": "base.yml", "line": 1, "column": 1});
    let claim = |value: Value| json!([{"value": value, "origin": origin, "flavour": "b", "tier": "universal"}]);
    let record = json!({
        "format": 1,
        "ancestry": [{"name": "b", "tier": "universal", "recipe": "base.yml"}],
        "reference": "b",
        "facts": {"family": "debian", "id": "debian", "versionId": "13", "codename": "trixie",
                  "architecture": "amd64"},
        "settings": {
            "karg:quiet": claim(json!([null])),
            "karg:console": claim(json!(["tty0", "ttyS0"])),
            "karg:a@x86_64": claim(json!(["1"])),
        },
        "osRelease": "", "units": {"files": {}}, "epoch": 0,
    });
    let read = Record::parse(record.to_string().as_bytes()).expect("an older record");
    let mut claims = read.settings;
    let before = "a=1 console=tty0 console=ttyS0 quiet";
    assert_eq!(as_bootc_reads(&claims, "x86_64"), before);
    let below = [(Said::Words(&["console=hvc0"], ""), false)];
    assert_eq!(derive(&mut claims, ("x", Tier::Group), &below, &[]), []);
    assert_eq!(
        as_bootc_reads(&claims, "x86_64"),
        format!("{before} console=hvc0")
    );
    let all = claims.of_kind(Kind::KARG);
    let touched = all.keys().cloned().collect();
    let actions = Kind::KARG
        .render(&all, &touched, &mut Disk::new())
        .expect("renders");
    let paths: Vec<String> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Write { path, .. } => Some(path.to_string()),
            _ => None,
        })
        .collect();
    for old in ["10-terroir.toml", "10-terroir-x86_64.toml"] {
        assert!(paths.iter().any(|path| path.ends_with(old)), "{paths:?}");
    }
    let newer = record
        .to_string()
        .replacen("\"format\":1", "\"format\":3", 1);
    let refused = Record::parse(newer.as_bytes()).expect_err("a newer record");
    assert!(refused.to_string().contains("format 3"), "{refused}");
}
