//! Kernel arguments.

use serde_json::json;

use super::{compile, refused};
use crate::module::Dialect;
use crate::setting::tests::fake::Repository;

#[test]
fn kargs_become_settings_by_name() {
    for (configuration, expected) in [
        (
            json!({"kargs": ["quiet", "console=tty0", "audit=1", "console=ttyS0,115200"]}),
            vec![
                ("karg:quiet", "kernel argument quiet"),
                ("karg:console", "kernel argument console=tty0"),
                ("karg:audit", "kernel argument audit=1"),
                ("karg:console", "kernel argument console=ttyS0,115200"),
            ],
        ),
        (
            json!({"kargs": ["a=b=c", "debug", "debug="], "arch": "x86_64, arm64"}),
            vec![
                (
                    "karg:a@aarch64,x86_64",
                    "kernel argument a=b=c (only aarch64, x86_64)",
                ),
                (
                    "karg:debug@aarch64,x86_64",
                    "kernel argument debug (only aarch64, x86_64)",
                ),
                (
                    "karg:debug@aarch64,x86_64",
                    "kernel argument debug= (only aarch64, x86_64)",
                ),
            ],
        ),
        (json!({"kargs": []}), vec![]),
    ] {
        for dialect in [Dialect::Native, Dialect::BlueBuild] {
            let compiled = compile("kargs", dialect, &configuration, &Repository::default());
            let compiled = compiled.expect("valid");
            let words: Vec<(String, String)> = compiled
                .settings
                .iter()
                .map(|one| (one.key(), one.kind.show(&one.name, &one.value)))
                .collect();
            let expected: Vec<(String, String)> = expected
                .iter()
                .map(|(key, shown)| ((*key).to_owned(), (*shown).to_owned()))
                .collect();
            assert_eq!(words, expected);
        }
    }
}

#[test]
fn kargs_that_are_mistakes() {
    for (configuration, message, hint) in [
        (
            json!({"replace": {"console=tty0": "quiet"}}),
            "`quiet` has another name than `console`",
            "write it under `remove`",
        ),
        (
            json!({"kargs": ["a"], "arch": "x86_64,i386"}),
            "there is no architecture `i386`",
            "known are",
        ),
        (
            json!({"kargs": ["a b"]}),
            "`a b` is not the name of a kernel argument",
            "without spaces",
        ),
        (
            json!({"kargs": ["a=b c"]}),
            "holds a space",
            "double quotes",
        ),
    ] {
        let outcome = compile(
            "kargs",
            Dialect::Native,
            &configuration,
            &Repository::default(),
        );
        refused(outcome, message, hint);
    }
}
