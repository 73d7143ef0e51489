//! Links of services, with the real `systemctl --root` as the reference.

use super::fake::Disk;
use super::service::{execute, links, render, root};

#[expect(
    clippy::disallowed_methods,
    reason = "the program may be missing outside of CI"
)]
fn systemctl(disk: &Disk, arguments: &[&str]) -> Option<bool> {
    let outcome = std::process::Command::new("systemctl")
        .arg("--root")
        .arg(disk.root.path())
        .args(arguments)
        .output();
    match outcome {
        Ok(output) => Some(output.status.success()),
        Err(error) => {
            assert!(
                std::env::var_os("TERROIR_TEST_STRICT").is_none_or(|strict| strict != "1"),
                "systemctl is missing: {error}"
            );
            None
        }
    }
}

/// What systemctl 252 complains about and still leaves with 0, and what is refused here on purpose:
/// `disable` of an unknown unit and `enable` of a static one.
const REFUSED_HERE: &[&[&str]] = &[
    &["disable", "unknown.service"],
    &["enable", "static.service"],
];

/// Each case: what was done before, what is compared (a word of systemctl and units).
type Case = (&'static [&'static [&'static str]], &'static [&'static str]);

const COMPARED: &[Case] = &[
    (&[], &["enable", "plain.service"]),
    (&[], &["enable", "alias.service"]),
    (&[], &["enable", "also.service"]),
    (&[], &["enable", "circle-a.service"]),
    (&[], &["enable", "tmpl@.service"]),
    (&[], &["enable", "tmpl@two.service"]),
    (&[], &["enable", "bare@x.service"]),
    (&[], &["enable", "bare@.service"]),
    (&[], &["enable", "spec@q.service"]),
    (&[], &["enable", "spec-default@.service"]),
    (&[], &["enable", "req.service"]),
    (&[], &["enable", "reset.service"]),
    (&[], &["enable", "only-also.service"]),
    (&[], &["enable", "only-alias.service"]),
    (&[], &["enable", "legacy.service"]),
    (&[], &["enable", "tmplalias@k.service"]),
    (&[], &["enable", "only-tmplalias@.service"]),
    (&[], &["enable", "to-template@.service"]),
    (&[], &["enable", "to-template@i.service"]),
    (&[], &["enable", "self.service"]),
    (&[], &["enable", "data.mount"]),
    (&[], &["enable", "daily.timer"]),
    (&[], &["enable", "dropped.service"]),
    (&[], &["enable", "vendor.service"]),
    (&[], &["enable", "local.service"]),
    (&[], &["enable", "unknown.service"]),
    (
        &[],
        &["enable", "plain.service", "req.service", "daily.timer"],
    ),
    (&[], &["--global", "enable", "agent.service"]),
    (
        &[&["--global", "enable", "agent.service"]],
        &["--global", "disable", "agent.service"],
    ),
    (&[], &["--global", "mask", "agent.service"]),
    (
        &[&["enable", "giver.service"]],
        &["enable", "taker.service"],
    ),
    (
        &[&["enable", "plain.service"]],
        &["enable", "plain.service"],
    ),
    (&[&["enable", "also.service"]], &["disable", "also.service"]),
    (
        &[&["enable", "also.service"]],
        &["disable", "plain.service"],
    ),
    (
        &[&["enable", "circle-a.service"]],
        &["disable", "circle-b.service"],
    ),
    (
        &[&["enable", "tmpl@a.service", "tmpl@b.service"]],
        &["disable", "tmpl@a.service"],
    ),
    (
        &[&["enable", "tmpl@a.service", "tmpl@b.service"]],
        &["disable", "tmpl@.service"],
    ),
    (
        &[&["enable", "spec@q.service"]],
        &["disable", "spec@q.service"],
    ),
    (
        &[&["enable", "spec@q.service"]],
        &["disable", "spec@.service"],
    ),
    (
        &[&["enable", "alias.service"]],
        &["disable", "alias.service"],
    ),
    (
        &[&["enable", "alias.service"]],
        &["disable", "other.service"],
    ),
    (&[&["enable", "req.service"]], &["disable", "req.service"]),
    (
        &[&["enable", "legacy.service"]],
        &["disable", "legacy.service"],
    ),
    (
        &[&["enable", "local.service"]],
        &["disable", "local.service"],
    ),
    (&[], &["disable", "static.service"]),
    (&[], &["mask", "plain.service"]),
    (&[], &["mask", "unknown.service"]),
    (&[], &["mask", "local.service"]),
    (&[], &["mask", "tmpl@x.service"]),
    (&[&["enable", "plain.service"]], &["mask", "plain.service"]),
    (&[&["mask", "plain.service"]], &["disable", "plain.service"]),
    (&[&["mask", "plain.service"]], &["enable", "also.service"]),
    (&[&["mask", "plain.service"]], &["unmask", "plain.service"]),
    (
        &[&["enable", "alias.service"]],
        &["unmask", "other.service"],
    ),
];

#[test]
fn links_are_those_of_systemctl() {
    for merged in [false, true] {
        for (before, compared) in COMPARED {
            let (theirs, mut ours) = (root(merged), root(merged));
            for step in *before {
                for disk in [&theirs, &ours] {
                    let Some(_) = systemctl(disk, step) else {
                        skip("systemctl is not installed");
                        return;
                    };
                }
            }
            let Some(success) = systemctl(&theirs, compared) else {
                skip("systemctl is not installed");
                return;
            };
            let global = compared.first() == Some(&"--global");
            let mut words = compared.iter().skip(usize::from(global));
            let state = match *words.next().expect("a verb") {
                "enable" => "enabled",
                "disable" => "disabled",
                "mask" => "masked",
                _ => "unmasked",
            };
            let prefix = if global { "user/" } else { "" };
            let units: Vec<String> = words.map(|unit| format!("{prefix}{unit}")).collect();
            let states: Vec<_> = units.iter().map(|unit| (unit.as_str(), state)).collect();
            let rendered = render(&mut ours, &states);
            assert_eq!(rendered.is_ok(), success, "{compared:?}: {rendered:?}");
            if let Ok(actions) = rendered {
                execute(&ours, &actions);
                assert_eq!(
                    links(&ours),
                    links(&theirs),
                    "{before:?} {compared:?} {merged}"
                );
            }
        }
    }
}

#[test]
fn refuses_two_things_that_systemctl_only_complains_about() {
    for words in REFUSED_HERE {
        let (theirs, mut ours) = (root(true), root(true));
        let before = links(&theirs);
        let Some(_) = systemctl(&theirs, words) else {
            skip("systemctl is not installed");
            return;
        };
        // Whatever its exit code (later versions fail), it changes nothing.
        assert_eq!(links(&theirs), before, "{words:?}");
        let [verb, unit] = words else {
            panic!("a verb and a unit")
        };
        let state = format!("{verb}d");
        render(&mut ours, &[(unit, &state)]).expect_err("refused");
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}
