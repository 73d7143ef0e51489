//! Error texts of wrong declarations.

use serde_json::{Value, json};

use super::declaration::{decode, repository};

#[test]
fn every_error_says_what_to_do() {
    let config = |style: &str, path: &str, key: &str, value: Value| json!({"config": {"path": path, "style": style, "values": {key: value}}});
    for (declaration, message, hint) in [
        (
            json!({"sysctl": {"swappiness": 1}}),
            "it has no dot",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a..b": 1}}),
            "between two dots is empty",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a.b=c": 1}}),
            "a character that no parameter has",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"-a.b": 1}}),
            "begins with a dash",
            "as sysctl prints it",
        ),
        (
            json!({"sysctl": {"a.b": true}}),
            "`a.b` needs a number or a text",
            "write 1 or \"true\"",
        ),
        (
            json!({"sysctl": {"a.b": 1.5}}),
            "`a.b` needs a number or a text",
            "in quotes: \"1.5\"",
        ),
        (
            json!({"sysctl": {"a.b": null}}),
            "`a.b` needs a number or a text",
            "after the colon",
        ),
        (
            json!({"sysctl": {"a.b": "1\n2"}}),
            "longer than one line",
            "spaces between them",
        ),
        (
            json!({"sysctl": {"a.b": " "}}),
            "the value of `a.b` is empty",
            "drop the line",
        ),
        (
            json!({"kernel_module": {"cramfs.ko": "disabled"}}),
            "`cramfs.ko` is not the name",
            "for example cramfs",
        ),
        (
            json!({"kernel_module": {"": "disabled"}}),
            "is not the name",
            "for example cramfs",
        ),
        (
            json!({"file": {"etc/x": {"content": ""}}}),
            "`etc/x` is not an absolute path",
            "write /etc/x",
        ),
        (
            json!({"file": {"/etc/../x": {"content": ""}}}),
            "climbs with `..`",
            "without `..`",
        ),
        (
            json!({"file": {"/usr/lib/terroir/x": {"content": ""}}}),
            "belongs to the flavour record",
            "choose another folder",
        ),
        (
            json!({"file": {"/lib/terroir": {"content": ""}}}),
            "belongs to the flavour record",
            "choose another folder",
        ),
        (
            json!({"file": {"/x": {"mode": 644}}}),
            "the mode 644 is not octal text",
            "mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": 987_654}}}),
            "the mode 987654 is not octal text",
            "mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": "600"}}}),
            "the mode 600 is not octal text",
            "write mode: \"0600\"",
        ),
        (
            json!({"file": {"/x": {"mode": "0o750"}}}),
            "the mode 0o750 is not octal text",
            "write mode: \"0750\"",
        ),
        (
            json!({"file": {"/x": {"mode": "0689"}}}),
            "the mode 0689 is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": "u+x"}}}),
            "the mode u+x is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"mode": true}}}),
            "is not octal text",
            "write mode: \"0644\"",
        ),
        (
            json!({"file": {"/x": {"owner": "a b"}}}),
            "`a b` is not an owner",
            "user:group",
        ),
        (
            json!({"file": {"/x": {}}}),
            "nothing is said about /x",
            "give `content`",
        ),
        (
            json!({"file": {"/x": {"content": "", "absent": true}}}),
            "/x cannot be absent and have",
            "drop `absent: true`",
        ),
        (
            json!({"file": {"/x": {"mode": "0644", "absent": true}}}),
            "/x cannot be absent and have",
            "drop `absent: true`",
        ),
        (
            json!({"file": {"/x": {"content": "", "source": "issue.txt"}}}),
            "/x has two contents",
            "keep `content` or `source`",
        ),
        (
            json!({"file": {"/x": {"template": true, "mode": "0644"}}}),
            "`template: true` says nothing",
            "drop `template`",
        ),
        (
            json!({"file": {"/x": {"source": "big"}}}),
            "has 300000 bytes; a setting carries at most",
            "type `files`",
        ),
        (
            json!({"file": {"/x": {"source": "nowhere"}}}),
            "there is no file nowhere",
            "",
        ),
        (
            json!({"file": {"/x": {"source": "binary"}}}),
            "the file is no text",
            "",
        ),
        (
            json!({"file": {"/x": {"content": "{{ missing }}", "template": true}}}),
            "`missing` is not defined",
            "",
        ),
        (
            config("space", "etc/x", "k", json!("v")),
            "`etc/x` is not an absolute path",
            "write /etc/x",
        ),
        (
            config("space", "/etc/a#b", "k", json!("v")),
            "/etc/a#b holds a `#`",
            "the kind `file`",
        ),
        (
            config("space", "/etc/x", "a b", json!("v")),
            "`a b` is not a key",
            "write the key alone",
        ),
        (
            config("equals", "/etc/x", "a=b", json!("v")),
            "`a=b` is not a key",
            "write the key alone",
        ),
        (
            config("ini", "/etc/x", "[a]/b", json!("v")),
            "`[a]/b` is not a key",
            "write section/key",
        ),
        (
            config("ini", "/etc/x", "a/", json!("v")),
            "`a/` is not a key",
            "write section/key",
        ),
        (
            config("space", "/etc/x", "k", json!(1.5)),
            "`k` needs a text",
            "in quotes",
        ),
        (
            config("space", "/etc/x", "k", json!("a\nb")),
            "the value of `k` is longer than one line",
            "the kind `file`",
        ),
        (
            config("ini", "/etc/x", "s/k", json!("a\\")),
            "the value of `s/k` ends in a backslash",
            "in quotes inside",
        ),
        (
            json!({"service": {"ssh": "enabled"}}),
            "`ssh` is not the name of a unit",
            "write the whole name: ssh.service",
        ),
        (
            json!({"service": {"user/ssh": "enabled"}}),
            "`user/ssh` is not",
            "write the whole name: user/ssh.service",
        ),
        (
            json!({"service": {"a b.service": "enabled"}}),
            "`a b.service` is not",
            "with its suffix",
        ),
        (
            json!({"karg": {"a b": true}}),
            "`a b` is not the name of a kernel argument",
            "the part before `=`",
        ),
        (
            json!({"karg": {"console=tty0": true}}),
            "is not the name of a kernel argument",
            "the part before `=`",
        ),
        (
            json!({"karg": {"x": "a b"}}),
            "holds a space, where the kernel would split it",
            "double quotes around it",
        ),
        (
            json!({"karg": {"x": "\"a b"}}),
            "opens a quote and does not close it",
            "both quotes",
        ),
        (
            json!({"karg": {"x": "a\nb"}}),
            "holds a control character",
            "one line",
        ),
        (
            json!({"karg": {"x": []}}),
            "the list of `x` is empty",
            "write `false`",
        ),
        (
            json!({"karg": {"x": ["a", false]}}),
            "given and not given at once",
            "drop `false`",
        ),
        (
            json!({"karg": {"x": 1.5}}),
            "`x` needs a value",
            "in quotes",
        ),
        (
            json!({"karg": {"x": {"value": 1, "architectures": ["i386"]}}}),
            "there is no architecture `i386`",
            "known are aarch64, amd64, arm64",
        ),
    ] {
        let errors = decode(&declaration).settings(&repository());
        let errors = errors.expect_err(&declaration.to_string());
        let [error] = errors.as_slice() else {
            panic!("one error of {declaration}: {errors:?}")
        };
        assert!(error.message.contains(message), "{declaration}: {error}");
        let said = error.hint.as_deref().unwrap_or_default();
        assert!(said.contains(hint), "{declaration}: {said}");
    }
}

#[test]
fn all_errors_are_told_at_once() {
    let declaration =
        decode(&json!({"service": {"a": "enabled", "b.service": "enabled", "c": "masked"}}));
    assert_eq!(
        declaration.settings(&repository()).expect_err("two").len(),
        2
    );
}
