//! Edits of configuration files.

use proptest::prelude::*;

use crate::action::{Edit, EditStyle};
use crate::setting::apply;

fn edit(style: EditStyle, values: &[(&str, &str)]) -> Edit {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    Edit {
        style,
        reader: None,
        values: values.iter().map(owned).collect(),
        removed: Vec::new(),
        create: false,
    }
}

#[test]
fn space_separated_keys() {
    use EditStyle::Space;
    for (name, key, value, before, after) in [
        ("empty file", "Port", "22", "", "Port 22\n"),
        (
            "in place",
            "Port",
            "23",
            "# a\nPort 22\nX y\n",
            "# a\nPort 23\nX y\n",
        ),
        (
            "without a last newline",
            "Port",
            "23",
            "Port 22",
            "Port 23\n",
        ),
        (
            "keeps the file's case",
            "permitrootlogin",
            "no",
            "PermitRootLogin yes\n",
            "PermitRootLogin no\n",
        ),
        ("with =", "Port", "23", "Port = 22\n", "Port 23\n"),
        ("tabs", "UMASK", "027", "UMASK\t\t022\n", "UMASK 027\n"),
        (
            "after the comment",
            "Port",
            "23",
            "a b\n#Port 22\nc d\n",
            "a b\n#Port 22\nPort 23\nc d\n",
        ),
        (
            "not after prose",
            "UMASK",
            "027",
            "# UMASK is used by pam.\na b\n",
            "# UMASK is used by pam.\na b\nUMASK 027\n",
        ),
        (
            "repetitions go",
            "X",
            "1",
            "X 2\ny z\nX 3\nX 4\n",
            "X 1\ny z\n",
        ),
        (
            "no part of a longer key",
            "Port",
            "1",
            "PortX 2\n",
            "PortX 2\nPort 1\n",
        ),
        (
            "before Match",
            "X",
            "1",
            "a b\n\n# for u\nMatch User u\n  X 2\n",
            "a b\n\nX 1\n# for u\nMatch User u\n  X 2\n",
        ),
        (
            "in place before Match",
            "X",
            "1",
            "X 0\nmatch all\nX 2\n",
            "X 1\nmatch all\nX 2\n",
        ),
        (
            "not after a comment in Match",
            "X",
            "1",
            "Match all\n#X 2\n",
            "X 1\nMatch all\n#X 2\n",
        ),
        ("alone", "X", "", "X 2\n", "X\n"),
        ("values with spaces", "Ciphers", "a b", "", "Ciphers a b\n"),
    ] {
        let once = apply(&edit(Space, &[(key, value)]), before);
        assert_eq!(once, after, "{name}");
        assert_eq!(
            apply(&edit(Space, &[(key, value)]), &once),
            once,
            "{name}, twice"
        );
    }
}

#[test]
fn equals_signs() {
    use EditStyle::Equals;
    for (name, key, value, before, after) in [
        ("in place", "A", "1", "A=0\nB=2\n", "A=1\nB=2\n"),
        ("quotes", "A", "x y", "A=0\n", "A=\"x y\"\n"),
        (
            "escapes",
            "A",
            "a\"b$c`d\\e",
            "",
            "A=\"a\\\"b\\$c\\`d\\\\e\"\n",
        ),
        ("quoted already", "A", "'x y'", "", "A='x y'\n"),
        ("one quote is not quoted", "A", "\"", "", "A=\"\\\"\"\n"),
        ("empty in quotes", "A", "\"\"", "", "A=\"\"\n"),
        ("export stays", "A", "1", "export A=0\n", "export A=1\n"),
        (
            "spaces as the line has them",
            "minlen",
            "14",
            "minlen = 8\n",
            "minlen = 14\n",
        ),
        (
            "spaces as the comment has them",
            "minlen",
            "14",
            "# prose\n# minlen = 8\nx=1\n",
            "# prose\n# minlen = 8\nminlen = 14\nx=1\n",
        ),
        (
            "spaces as the file has them",
            "new",
            "x y",
            "# deny = 3\n",
            "# deny = 3\nnew = x y\n",
        ),
        (
            "prose with = teaches nothing",
            "new",
            "1",
            "# you may say that a = b here\nB=2\n",
            "# you may say that a = b here\nB=2\nnew=1\n",
        ),
        (
            "a flag",
            "audit",
            "",
            "# audit\nx = 1\n",
            "# audit\naudit\nx = 1\n",
        ),
        ("a flag that is there", "audit", "", "audit\n", "audit\n"),
        ("repetitions go", "A", "1", "A=2\nB=3\nA=4\n", "A=1\nB=3\n"),
        (
            "continuations go",
            "A",
            "1",
            "A=\"x \\\ny\"\nB=2\n",
            "A=1\nB=2\n",
        ),
        (
            "an open continuation",
            "A",
            "1",
            "B=2 \\\n",
            "B=2 \\\n\nA=1\n",
        ),
        ("case matters", "a", "1", "A=2\n", "A=2\na=1\n"),
        (
            "blank lines stay",
            "A",
            "1",
            "\n\nB=2\n\n",
            "\n\nB=2\n\nA=1\n",
        ),
    ] {
        let once = apply(&edit(Equals, &[(key, value)]), before);
        assert_eq!(once, after, "{name}");
        assert_eq!(
            apply(&edit(Equals, &[(key, value)]), &once),
            once,
            "{name}, twice"
        );
    }
}

#[test]
fn sections() {
    use EditStyle::Ini;
    for (name, key, value, before, after) in [
        ("empty file", "J/S", "p", "", "[J]\nS=p\n"),
        (
            "new section",
            "J/S",
            "p",
            "[A]\nx=1\n",
            "[A]\nx=1\n\n[J]\nS=p\n",
        ),
        (
            "in place",
            "J/S",
            "p",
            "[J]\nS=q\n[K]\nS=r\n",
            "[J]\nS=p\n[K]\nS=r\n",
        ),
        (
            "after the comment",
            "J/S",
            "p",
            "[J]\n#S=auto\n#T=yes\n",
            "[J]\n#S=auto\nS=p\n#T=yes\n",
        ),
        (
            "comments with ;",
            "J/S",
            "p",
            "[J]\n; S = auto\n",
            "[J]\n; S = auto\nS = p\n",
        ),
        (
            "at the end of the section",
            "J/S",
            "p",
            "[J]\nT=1\n\n[K]\nU=2\n",
            "[J]\nT=1\nS=p\n\n[K]\nU=2\n",
        ),
        (
            "an empty section",
            "J/S",
            "p",
            "[J]\n\n[K]\n",
            "[J]\nS=p\n\n[K]\n",
        ),
        (
            "a section twice",
            "J/S",
            "p",
            "[J]\nS=1\n[K]\n[J]\nS=2\n",
            "[J]\nS=p\n[K]\n[J]\n",
        ),
        (
            "a slash in the section",
            "domain/x/S",
            "p",
            "[domain/x]\nS=1\n",
            "[domain/x]\nS=p\n",
        ),
        (
            "no section",
            "S",
            "p",
            "# c\nT=1\n[K]\nS=1\n",
            "# c\nT=1\nS=p\n[K]\nS=1\n",
        ),
        ("an empty value", "J/S", "", "[J]\nS=1\n", "[J]\nS=\n"),
        ("no quotes", "J/S", "a b", "", "[J]\nS=a b\n"),
        (
            "continuations go",
            "J/S",
            "p",
            "[J]\nS=a \\\n  b\nT=1\n",
            "[J]\nS=p\nT=1\n",
        ),
    ] {
        let once = apply(&edit(Ini, &[(key, value)]), before);
        assert_eq!(once, after, "{name}");
        assert_eq!(
            apply(&edit(Ini, &[(key, value)]), &once),
            once,
            "{name}, twice"
        );
    }
}

#[test]
fn nothing_to_set_changes_nothing() {
    for text in ["", "\n", "a\n\n", "a=1\r\n[b]\n"] {
        assert_eq!(apply(&edit(EditStyle::Ini, &[]), text), text);
    }
}

fn style() -> impl Strategy<Value = EditStyle> {
    prop_oneof![
        Just(EditStyle::Equals),
        Just(EditStyle::Space),
        Just(EditStyle::Ini)
    ]
}

/// Lines of which many are assignments, comments or headers that an edit has to tell apart.
fn file() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[#; ]{0,2}(export )?[abK]( ?= ?| )[xy \"'\\\\=]{0,4}",
        "(# )?\\[[st]\\]",
        "[Mm]atch [a-z]{1,3}",
        "[ #;a-z=\\\\\\[\\]/\t]{0,8}",
    ];
    (proptest::collection::vec(line, 0..12), any::<bool>())
        .prop_map(|(lines, last)| lines.join("\n") + if last { "\n" } else { "" })
}

fn values(style: EditStyle) -> impl Strategy<Value = Vec<(String, String)>> {
    let key = if style == EditStyle::Ini {
        "([st]/)?[abK]"
    } else {
        "[abK]"
    };
    let value = "|[xy\"'$=]{1,3}( [xy=]{1,2})?";
    proptest::collection::btree_map(key, value, 0..3).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn twice_is_once(
        (edit, text) in style().prop_flat_map(|style| {
            let edit = values(style).prop_map(move |values| Edit { style, reader: None, values, removed: Vec::new(), create: false });
            (edit, file())
        })
    ) {
        let once = apply(&edit, &text);
        prop_assert_eq!(&apply(&edit, &once), &once);
    }

    #[test]
    fn other_lines_stay_in_order(
        (style, values) in style().prop_flat_map(|style| (Just(style), values(style))),
        text in file(),
    ) {
        let keys: Vec<String> = values
            .iter()
            .map(|(key, _)| key.rsplit('/').next().expect("a key").to_lowercase())
            .collect();
        let edit = Edit { style, reader: None, values, removed: Vec::new(), create: false };
        // Lines that a key may stand in: those that begin with one, and what continues a line.
        let ours = |line: &str| {
            let line = line.trim_start().trim_start_matches("export ").to_lowercase();
            keys.iter().any(|key| line.starts_with(key.as_str()))
        };
        let text = text.replace('\\', "/");
        let changed = apply(&edit, &text);
        let mut rest = changed.split('\n');
        for line in text.strip_suffix('\n').unwrap_or(&text).split('\n') {
            if !ours(line) && !line.trim().is_empty() {
                prop_assert!(rest.any(|other| other == line), "{line:?} is lost: {changed:?}");
            }
        }
    }
}
