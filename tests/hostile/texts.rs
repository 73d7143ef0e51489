//! Recipe texts that are bombs or not text at all.

use std::fmt::Write as _;

use crate::bounded;
use crate::trial::Workspace;

const NATIVE: &str = "apiVersion: terroir/v1\nname: it\ntier: universal\nfrom: scratch\n";

/// Each alias doubles what the one before stands for.
fn alias_bomb() -> String {
    let mut text = format!("{NATIVE}vars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let before = format!("*a{}", level - 1);
        let _ = writeln!(
            text,
            "  a{level}: &a{level} [{}]",
            [before.as_str(); 9].join(", ")
        );
    }
    text
}

fn merge_bomb() -> String {
    let mut text = format!("{NATIVE}vars:\n  a0: &a0 {{ k: v }}\n");
    for level in 1..40 {
        let _ = writeln!(
            text,
            "  a{level}: &a{level} {{ l: *a{0}, r: *a{0}, <<: *a{0} }}",
            level - 1
        );
    }
    text
}

fn template(expression: &str) -> String {
    format!("{NATIVE}vars: {{ a: \"aaaaaaaaaa\" }}\ndescription: \"{expression}\"\nmodules: []\n")
}

fn content(template: &str) -> String {
    format!(
        "{NATIVE}modules:\n  - type: settings\n    settings:\n      - file:\n          /etc/x:\n            template: true\n            content: |\n              {template}\n"
    )
}

fn yaml_bombs() -> Vec<(String, &'static str)> {
    let from_file = "modules:\n  - from-file: it.yml\n";
    vec![
        (alias_bomb(), "values"),
        (merge_bomb(), ""),
        (
            format!("{NATIVE}vars: {}{}\n", "[".repeat(5000), "]".repeat(5000)),
            "nested",
        ),
        (format!("{NATIVE}vars: {}\n", "{a: ".repeat(90_000)), ""),
        (
            format!(
                "{NATIVE}vars:\n{}",
                (0..500).fold(String::new(), |mut text, depth| {
                    let _ = writeln!(text, "{}a:", "  ".repeat(depth + 1));
                    text
                })
            ),
            "",
        ),
        (format!("{NATIVE}vars: &a [*a]\n"), "alias of itself"),
        (format!("{NATIVE}{from_file}"), "circle"),
        (
            format!("{NATIVE}description: {}\n", "x".repeat(3 << 20)),
            "bytes",
        ),
        (format!("{NATIVE}{}", "a: b\n".repeat(100_000)), "values"),
        (
            format!(
                "{NATIVE}modules:\n  - {{ type: os-release, when: \"{}\", properties: {{}} }}\n",
                "(".repeat(20_000)
            ),
            "",
        ),
        (
            format!("{NATIVE}mandatory: [\"sysctl:{}\"]\n", "*a".repeat(40_000)),
            "",
        ),
    ]
}

fn expression_bombs() -> Vec<(String, &'static str)> {
    let deep = [
        format!("{}1{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("{}1", "not ".repeat(50_000)),
        format!("{}1", "-".repeat(50_000)),
        format!("{}1", "1+".repeat(50_000)),
        format!("a{}", "|upper".repeat(50_000)),
        format!("a{}", ".a".repeat(50_000)),
        format!("'}}}}' + {}1", "-".repeat(50_000)),
        format!("a{}", "|replace('a', a)".repeat(9)),
        "a * 999999999999".to_owned(),
        "'x' * 999999999".to_owned(),
        "10 ** 10 ** 10".to_owned(),
        "lipsum(99999999)".to_owned(),
    ];
    deep.iter()
        .map(|expression| (template(&format!("{{{{ {expression} }}}}")), ""))
        .collect()
}

fn statement_bombs() -> Vec<(String, &'static str)> {
    let loops = "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}";
    let nested = "{% for i in l %}{% for j in l %}{% for k in l %}{{ l }}{% endfor %}{% endfor %}{% endfor %}";
    let long: Vec<String> = (0..1000)
        .map(|number| format!("element-{number}"))
        .collect();
    vec![
        (template(loops), ""),
        (template(&"{% if true %}".repeat(5000)), ""),
        (
            template(&format!(
                "{{% if 1 %}}{}{{% endif %}}",
                "{% elif 1 %}".repeat(20_000)
            )),
            "statements",
        ),
        (template("{% include '/etc/passwd' %}"), ""),
        (
            template("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"),
            "",
        ),
        (template("{% set x = a %}{{ x }}"), ""),
        (content(loops), ""),
        (
            format!(
                "{NATIVE}vars: {{ l: [{}] }}\n{}",
                long.join(", "),
                content(nested).replace(NATIVE, "")
            ),
            "",
        ),
    ]
}

#[test]
fn bombs_in_recipes_are_refused_soon() {
    let workspace = Workspace::new();
    let cases = [yaml_bombs(), expression_bombs(), statement_bombs()];
    for (recipe, words) in cases.concat() {
        workspace.write("recipes/it.yml", &recipe);
        let began = std::time::Instant::now();
        let said = bounded(&workspace, &["validate", "recipes/it.yml"]);
        let start: String = recipe.chars().skip(NATIVE.len()).take(60).collect();
        let took = began.elapsed();
        assert!(took.as_secs() < 20, "{start}: {took:?}");
        assert!(
            said.err.len() < 20_000,
            "{start}: {} bytes of message",
            said.err.len()
        );
        // A pattern of any length is a pattern; everything else is refused.
        if start.starts_with("mandatory") {
            assert!(matches!(said.code, Some(0 | 2)), "{start}: {}", said.err);
        } else {
            assert_eq!(said.code, Some(2), "{start}: {}", said.err);
            said.expect(2, words);
        }
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let workspace = Workspace::new();
    let cases: [(&[u8], &str); 8] = [
        (b"", "empty"),
        (b"\0\0\0\0", ""),
        (b"\xff\xfe\x00n", "UTF-8"),
        (b"name: \xc3\x28\n", "UTF-8"),
        (b"name: a\0b\nbase-image: x\n", ""),
        (
            b"apiVersion: terroir/v1\nname: it\n\tfrom: scratch\n",
            "tab",
        ),
        (b"%YAML 9.9\n---\nname: it\n", ""),
        (b"name: !!binary aGk=\n", "tag"),
    ];
    for (bytes, words) in cases {
        workspace.write("recipes/it.yml", bytes);
        bounded(&workspace, &["validate", "recipes/it.yml"]).expect(2, words);
    }
    std::fs::remove_file(workspace.inside("recipes/it.yml")).expect("removed");
    workspace.script(&[], "mkfifo recipes/it.yml").expect(0, "");
    bounded(&workspace, &["validate", "recipes/it.yml"]).expect(2, "not a regular file");
    bounded(&workspace, &["validate", "recipes"]).expect(2, "not a regular file");
    bounded(&workspace, &["validate", "/dev/zero"]).expect(2, "not a regular file");
    workspace
        .script(&[], "rm recipes/it.yml; truncate -s 20G recipes/it.yml")
        .expect(0, "");
    bounded(&workspace, &["validate", "recipes/it.yml"]).expect(2, "bytes");
    bounded(&workspace, &["validate", "recipes"]).expect(2, "there is no recipe");
    bounded(&workspace, &["validate", "recipes/none.yml"]).expect(2, "");
    bounded(&workspace, &["build", "recipes"]).expect(2, "folder");
}

#[test]
fn line_ends_and_marks_of_other_systems_change_nothing() {
    let workspace = Workspace::new();
    let recipe = format!(
        "{NATIVE}modules:\n  - type: settings\n    settings:\n      - sysctl: {{ net.ipv4.ip_forward: 0 }}\n"
    );
    workspace.write("recipes/it.yml", &recipe);
    let wanted = workspace.build("recipes/it.yml");
    for other in [
        recipe.replace('\n', "\r\n"),
        format!("\u{feff}{recipe}"),
        format!("---\n{recipe}...\n"),
    ] {
        workspace.write("recipes/it.yml", &other);
        bounded(&workspace, &["validate", "recipes/it.yml"]).expect(0, "");
        let _ = workspace.build("recipes/it.yml");
    }
    workspace.write("recipes/it.yml", recipe.replace('\n', "\r\n"));
    assert_eq!(workspace.build("recipes/it.yml"), wanted);
}

#[test]
fn large_inputs_need_no_memory() {
    let workspace = Workspace::new();
    let recipe = format!(
        "{NATIVE}modules:\n  - type: files\n    files:\n      - {{ source: large, destination: /opt/large }}\n"
    );
    workspace.write("recipes/it.yml", recipe);
    workspace
        .script(&[], "truncate -s 1G recipes/large")
        .expect(0, "");
    let bounds = ["prlimit", "--as=700000000", "--cpu=60"];
    workspace
        .run_under(&bounds, &["build", "recipes/it.yml"])
        .expect(0, "");
    let unit = "destination: /usr/lib/systemd/system/x.service";
    let recipe = std::fs::read_to_string(workspace.inside("recipes/it.yml")).expect("read");
    workspace.write(
        "recipes/it.yml",
        recipe.replace("destination: /opt/large", unit),
    );
    let said = workspace.run_under(&bounds, &["build", "recipes/it.yml"]);
    said.expect(2, "recipes/large has 1073741824 bytes");
}
