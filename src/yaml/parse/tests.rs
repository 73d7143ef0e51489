//! Reading files: origins, anchors, merge keys, and what is refused.

use proptest::prelude::*;

use crate::origin::Diagnostic;

use crate::yaml::{MAX_DEPTH, MAX_NODES, Node, Value, decode, parse, render};

/// One line for each diagnostic: place, message, label, related places, hint.
pub(in crate::yaml) fn shown(diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let related = d
            .related
            .iter()
            .map(|(origin, words)| format!(" [{words}: {origin}]"));
        let hint = d.hint.as_ref().map(|hint| format!(" => {hint}"));
        d.to_string() + &related.collect::<String>() + &hint.unwrap_or_default()
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(in crate::yaml) fn node(text: &str) -> Node {
    parse("r.yml", text).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

fn refused(text: &str) -> String {
    shown(&parse("r.yml", text).expect_err("this must be refused"))
}

fn place(node: &Node) -> String {
    format!("{}+{}", node.origin, node.origin.length)
}

#[test]
fn origins_are_characters_from_one() {
    let root = node("größe: 'ünd'\nlist:\n  - a\n  - {b: 1.10}\nempty:\nlong: |\n  text\n");
    assert_eq!(place(&root), "r.yml:1:1+5");
    assert_eq!(place(root.get("größe").unwrap()), "r.yml:1:8+5");
    let items = root.get("list").unwrap().items();
    assert_eq!(place(&items[0]), "r.yml:3:5+1");
    assert_eq!(place(&items[1]), "r.yml:4:5+1");
    let number = items[1].get("b").unwrap();
    assert_eq!(
        (place(number).as_str(), number.as_text()),
        ("r.yml:4:9+4", Some("1.10"))
    );
    let empty = root.get("empty").unwrap();
    assert!(empty.is_null());
    assert_eq!(place(empty), "r.yml:5:1+5");
    assert_eq!(root.get("long").unwrap().as_text(), Some("text\n"));
    assert_eq!(root.get("long").unwrap().origin.line, 7);
}

#[test]
fn plain_scalars_keep_their_text_and_say_what_they_are() {
    let cases = [
        ("no", "text", serde_json::json!("no")),
        ("yes", "text", serde_json::json!("yes")),
        ("true", "true or false", serde_json::json!(true)),
        ("1.10", "a number", serde_json::json!(1.1)),
        ("0x1F", "a number", serde_json::json!(31)),
        ("0o17", "a number", serde_json::json!(15)),
        ("-12", "a number", serde_json::json!(-12)),
        ("1e3", "a number", serde_json::json!(1000.0)),
        ("'12'", "text", serde_json::json!("12")),
        ("!!str 12", "text", serde_json::json!("12")),
        ("1.2.3", "text", serde_json::json!("1.2.3")),
        ("0x", "text", serde_json::json!("0x")),
        ("-", "nothing", serde_json::json!(null)),
        ("~", "nothing", serde_json::json!(null)),
        ("2027-06-30", "text", serde_json::json!("2027-06-30")),
        (".nan", "a number", serde_json::json!(".nan")),
    ];
    for (written, what, json) in cases {
        let root = if written == "-" {
            node("k:\n")
        } else {
            node(&format!("k: {written}\n"))
        };
        let value = root.get("k").unwrap();
        assert_eq!(value.describe(), what, "{written}");
        assert_eq!(value.to_json(), json, "{written}");
        let decoded: serde_json::Value = decode(value).unwrap();
        assert_eq!(decoded, json, "{written}");
    }
}

#[test]
fn anchors_aliases_and_merge_keys() {
    let root = node(
        "base: &base {a: 1, b: 2}\nother: &other {b: 3, c: 4}\none:\n  <<: *base\n  b: 9\n\
         both:\n  <<: [*base, *other]\n  d: 5\nsame: *base\n",
    );
    let json = root.to_json();
    assert_eq!(json["one"], serde_json::json!({"a": 1, "b": 9}));
    assert_eq!(
        json["both"],
        serde_json::json!({"a": 1, "b": 2, "c": 4, "d": 5})
    );
    assert_eq!(json["same"], json["base"]);
    assert_eq!(
        place(root.get("one").unwrap().get("a").unwrap()),
        "r.yml:1:17+1"
    );
}

const REFUSED: &[(&str, &str)] = &[
    (
        "",
        "r.yml: the file is empty => write at least one key, such as `name: …`",
    ),
    (
        "# only a comment\n",
        "r.yml: the file is empty => write at least one key, such as `name: …`",
    ),
    (
        "a: 1\nb: 2\na: 3\n",
        "r.yml:3:1: the key `a` is set twice [first set here: r.yml:1:1] => keep one of the two",
    ),
    (
        "a: 1\n---\nb: 2\n",
        "r.yml:2:1: a second document starts here => move what follows `---` to a file of its own",
    ),
    (
        "a:\n\t- b\n",
        "r.yml:2:1: a tab stands in the indentation => indent with spaces",
    ),
    (
        "a:\n  b: 1\n \tc: 2\n",
        "r.yml:3:2: a tab stands in the indentation => indent with spaces",
    ),
    (
        "a: [1, 2\n",
        "r.yml:1:4: a `[` is never closed => add the missing bracket; a value that starts with `{` or `[` needs quotes",
    ),
    (
        "a: {b: 1]\n",
        "r.yml:1:4: a `{` is closed by `]` => close brackets in the order in which they were opened",
    ),
    (
        "a: 'x\n",
        "r.yml:2:1: a quoted text goes on here without indentation => close the quote above, or indent this line more",
    ),
    (
        "a: b: c\n",
        "r.yml:1:5: a `:` is not possible here => put text that holds `: ` in quotes, or check the indentation of this line",
    ),
    (
        "a: \"\\d\"\n",
        "r.yml:1:4: unknown escape after `\\` => use '…' instead of \"…\", or write `\\\\` for a backslash",
    ),
    (
        "a: @x\n",
        "r.yml:1:4: a value cannot start with this character => put the value in quotes",
    ),
    (
        "a: *x\n",
        "r.yml:1:4: `*x` names an anchor that is not set above => mark the value that is meant with `&x`",
    ),
    (
        "a: &x [*x]\n",
        "r.yml:1:8: an anchored value cannot hold an alias of itself",
    ),
    (
        "a: !secret x\n",
        "r.yml:1:12: the tag `!secret` means nothing here => remove the tag",
    ),
    (
        "<<: 5\n",
        "r.yml:1:5: cannot merge a number [merged here: r.yml:1:1] => `<<` takes an alias of a mapping, or a list of such aliases",
    ),
    (
        "[a]: 1\n",
        "r.yml:1:1: a key must be text, found a list => put the key in quotes",
    ),
    (
        "a: 1\nb\n",
        "r.yml:2:1: a key without a `:` after it => write `key: value`, with a space after the colon",
    ),
    (
        "a:\n  - b\n c: 1\n",
        "r.yml:3:2: expected a key here => indent the line as the keys above it, and write `key: value`",
    ),
];

#[test]
fn refuses_in_words_for_people() {
    for (text, expected) in REFUSED {
        assert_eq!(refused(text), *expected, "{text:?}");
    }
}

#[test]
fn finds_every_problem_that_is_not_syntax() {
    let text = "a: 1\na: 2\nb: *gone\nc: {d: 1, d: 2}\n";
    assert_eq!(refused(text).lines().count(), 3, "{}", refused(text));
}

#[test]
fn alias_bombs_and_deep_nesting_end_early() {
    let bomb: String = (1..12)
        .map(|level| {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            format!("a{level}: &a{level} [{below}]\n")
        })
        .collect();
    let problem = refused(&format!("a0: &a0 [x, x]\n{bomb}"));
    assert!(
        problem.contains("grows to more than 100000 values"),
        "{problem}"
    );
    let nested: String = (1..=MAX_DEPTH + 1)
        .map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1))
        .collect();
    let problem = refused(&format!("a0: &a0 x\n{nested}"));
    assert!(problem.contains("more than 64 deep"), "{problem}");
    for deep in [
        "[".repeat(100_000),
        "- ".repeat(50_000),
        "{a: ".repeat(100_000),
    ] {
        assert!(
            refused(&deep).contains("more than 64 deep"),
            "{}",
            refused(&deep)
        );
    }
    let wide = format!("[{}]", "x,".repeat(MAX_NODES + 1));
    assert!(refused(&wide).contains("values here"));
    assert!(refused(&" ".repeat((1 << 20) + 1)).contains("too large"));
}

#[test]
fn byte_order_mark_and_windows_lines_are_fine() {
    let root = node("\u{feff}a: 1\r\nb:\r\n  - x\r\n");
    assert_eq!(root.get("b").unwrap().items()[0].as_text(), Some("x"));
    assert!(matches!(&root.value, Value::Mapping(entries) if entries.len() == 2));
    assert_eq!(place(&root), "r.yml:1:1+1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse("x", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn never_panics_on_what_looks_like_yaml(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "a", "b: ", "- ", "\n", "\n  ", "\n    ", "\t", "[", "]", "{", "}", ", ", "'", "\"",
            "&x ", "*x", "<<: ", "|", ">", "#", ": ", "?", "!", "!!str ", "~", "---", "...", "%",
            "{{ ", " }}", "{% if x %}", "{% endif %}", "ü", "1", "\r\n", "\u{0}", "\\",
        ]), 0..60),
    ) {
        if let Ok(node) = parse("x", &parts.concat()) {
            let _ = node.to_json();
            let _ = decode::<Node>(&node).map(|copy| assert_eq!(copy, node));
            let _ = render(&node, &crate::yaml::Scope::new());
        }
    }
}
