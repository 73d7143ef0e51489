//! The list of kernel arguments over flavours: order, repetition, edits, and who added each word.

use serde_json::json;

use super::karg_support::{Said, as_bootc_reads, derive};
use crate::origin::{Origin, Sourced, Tier};
use crate::recipe::claims::chain::{Claims, Proposal};
use crate::recipe::claims::merge::Claimant;
use crate::setting::karg_words;

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
