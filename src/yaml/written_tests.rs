//! Plain scalars in templates: printed as they are written, compared by what they mean.

use super::parse::tests::{node, shown};
use super::{Scope, condition, names, render, render_text};
use crate::origin::{Origin, Sourced};

const VARS: &str = "rel: 24.10\noct: 0755\nbig: 1e3\nflag: true\nFlag: True\noff: false\nplus: +1\nhalf: .5\nhex: 0x1F\n\
    one: 1.0\ncount: 3\ndate: 2026-11-29\nunder: 1_000\nyes: yes\nnothing: ~\nquoted: '1.10'\n\
    huge: 123456789012345678901234567890\nlst: [1.10, 2.0, 3]\nmap: { v: 1.20, on: false }\n";

fn scope() -> Scope {
    let vars = node(VARS);
    let text = |key: &super::Node| key.as_text().unwrap_or_default().to_owned();
    let vars = vars.entries().iter();
    vars.map(|(key, value)| (text(key), value.to_exact_json()))
        .collect()
}

#[test]
fn every_scalar_keeps_its_characters() {
    for (template, text) in [
        ("v{{ rel }}", "v24.10"),
        ("v{{ oct }}", "v0755"),
        ("x{{ big }}", "x1e3"),
        ("x{{ flag }}{{ Flag }}{{ off }}", "xtrueTruefalse"),
        (
            "x{{ plus }} {{ half }} {{ hex }} {{ one }}",
            "x+1 .5 0x1F 1.0",
        ),
        ("{{ count }}.{{ date }}", "3.2026-11-29"),
        (
            "x{{ under }}{{ yes }}{{ quoted }}{{ huge }}",
            "x1_000yes1.10123456789012345678901234567890",
        ),
        ("{{ lst | join(',') }} ", "1.10,2.0,3 "),
        ("{% for x in lst %}{{ x }};{% endfor %}", "1.10;2.0;3;"),
        ("{{ map.v }}-{{ map['on'] }}", "1.20-false"),
        ("{{ 'v' ~ rel ~ flag }} ", "v24.10true "),
        ("{{ rel if count > 2 else 'no' }} ", "24.10 "),
        ("{{ rel | replace('.', '-') }} ", "24-10 "),
        ("{{ nothing | default('d', true) }} ", "d "),
        ("{{ lst | first }}/{{ lst | sort | last }} ", "1.10/3 "),
        (
            "a{{ rel + 1 }} b{{ oct + 0 }} c{{ rel | int }}",
            "a25.1 b755 c24",
        ),
        ("{{ flag == true }}{{ not flag }}", "truefalse"),
        (
            "{% raw %}{{ rel == 1 }}{% endraw %}{{ rel }}",
            "{{ rel == 1 }}24.10",
        ),
        ("{# rel == 1 #}{{ '}} ==' }}{{ rel }}", "}} ==24.10"),
    ] {
        let rendered = render_text(template, &Origin::builtin(), &scope());
        assert_eq!(
            rendered.map_err(|one| one.to_string()).as_deref(),
            Ok(text),
            "{template}"
        );
    }
}

#[test]
fn a_whole_expression_is_the_scalar_itself() {
    for (name, text) in [
        ("rel", "24.10"),
        ("oct", "0755"),
        ("flag", "true"),
        ("Flag", "True"),
        ("big", "1e3"),
        ("lst[0]", "1.10"),
    ] {
        let rendered = render(&node(&format!("k: '{{{{ {name} }}}}'")), &scope());
        let rendered = rendered.unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let value = rendered.get("k").expect("a key");
        assert_eq!(value.as_text(), Some(text));
        assert!(value.describe() != "text", "{name} is no text");
    }
}

#[test]
fn conditions_compare_what_is_meant() {
    for (expression, truth) in [
        ("rel == 24.10", true),
        ("rel == 24.1", true),
        ("24.1 == rel", true),
        ("rel != 24.10", false),
        ("rel > 24", true),
        ("rel < 24.2 and flag", true),
        ("not flag", false),
        ("flag", true),
        ("off or flag", true),
        ("flag == true", true),
        ("off == false", true),
        ("Flag is true", true),
        ("off is false", true),
        ("rel is number", true),
        ("rel is string", false),
        ("rel is defined", true),
        ("absent is defined", false),
        ("absent is not defined and rel == 24.1", true),
        ("big == 1000", true),
        ("oct == 755", true),
        ("hex == 31", true),
        ("half + half == 1", true),
        ("rel in [1, 24.1]", true),
        ("1.1 in lst", true),
        ("3 in lst", true),
        ("2.5 not in lst", true),
        ("rel | int == 24", true),
        ("(rel - 0.1) * 10 == 240", true),
        ("lst[0] < lst[1]", true),
        ("map.v == 1.2 and map.on == false", true),
        ("lst | length == 3", true),
        ("rel|string == '24.10'", true),
        ("quoted == '1.10'", true),
        ("big // 300 == count", true),
    ] {
        let written = Sourced::new(expression.to_owned(), Origin::builtin());
        let told = condition(&written, &scope()).map_err(|one| one.to_string());
        assert_eq!(told, Ok(truth), "{expression}");
        assert!(!names(expression).contains("counted_"));
    }
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    for (template, place, message) in [
        (
            "a: 'x{{ rel == 1 }}{{ gone }}'",
            "r.yml:1:23",
            "`gone` is not defined",
        ),
        ("a: '{{ rel == gone }}'", "r.yml:1", "`gone` is not defined"),
        ("a: 'v{{ nothing }}'", "r.yml:1", "has no text"),
        ("a: '{{ rel.minor }}'", "r.yml:1", "`rel` has no `minor`"),
    ] {
        let text = shown(&render(&node(template), &scope()).expect_err("refused"));
        assert!(text.contains(message), "{template}: {text}");
        assert!(
            text.contains(place.trim_start_matches("r.yml:")),
            "{template}: {text}"
        );
        assert!(
            !text.contains("counted_") && !text.contains("$text"),
            "{text}"
        );
    }
}
