//! Kernel arguments that rules bind, and edits that have no effect.

use serde_json::json;

use super::karg_support::{Said, derive};
use crate::origin::{Diagnostic, Origin, Tier};
use crate::recipe::claims::chain::{Claims, Mandatory};

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
