//! Rendering nodes and evaluating conditions.

use crate::origin::{Origin, Sourced};
use crate::yaml::parse::tests::{node, shown};
use crate::yaml::{
    MAX_NODES, Scope, condition, names, render, render_except, render_text, template_names,
};

fn scope() -> Scope {
    let json = serde_json::json!({
        "family": "debian", "proxy": "http://p", "version": "12.4", "on": true, "count": 3,
        "list": ["a", "b"], "map": {"key": "value", "port": 80},
    });
    serde_json::from_value(json).unwrap()
}

fn rendered(text: &str) -> serde_json::Value {
    render(&node(text), &scope())
        .unwrap_or_else(|problems| panic!("{}", shown(&problems)))
        .to_json()
}

fn refused(text: &str) -> String {
    shown(&render(&node(text), &scope()).expect_err("this must be refused"))
}

#[test]
fn renders_texts_keys_and_whole_expressions() {
    let cases = [
        (
            "k: 'a {{ family }} b'",
            serde_json::json!({"k": "a debian b"}),
        ),
        ("k: '{{ list }}'", serde_json::json!({"k": ["a", "b"]})),
        (
            "k: '{{ map }}'",
            serde_json::json!({"k": {"key": "value", "port": 80}}),
        ),
        ("k: '{{- count -}}'", serde_json::json!({"k": 3})),
        ("k: '{{ on }}'", serde_json::json!({"k": true})),
        ("k: '{{ version }}'", serde_json::json!({"k": "12.4"})),
        ("k: '{{ \"{{\" }}'", serde_json::json!({"k": "{{"})),
        (
            "k: '{{ family }}{{ count }}'",
            serde_json::json!({"k": "debian3"}),
        ),
        (
            "k: '{% if on %}x{% else %}y{% endif %}'",
            serde_json::json!({"k": "x"}),
        ),
        (
            "k: '{{ nothing | default(\"d\") }}'",
            serde_json::json!({"k": "d"}),
        ),
        (
            "k: '{% raw %}{{ x }}{% set %}{% endraw %}'",
            serde_json::json!({"k": "{{ x }}{% set %}"}),
        ),
        (
            "k: '{# no template #}'",
            serde_json::json!({"k": "{# no template #}"}),
        ),
        ("'{{ family }}-x': 1", serde_json::json!({"debian-x": 1})),
        (
            "k: |\n  {{ family }}\n",
            serde_json::json!({"k": "debian\n"}),
        ),
        (
            "k: '{{ version }}'\nn: ~\nl: [1, '{{ map.key }}']",
            serde_json::json!({"k": "12.4", "n": null, "l": [1, "value"]}),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(rendered(text), expected, "{text}");
    }
}

#[test]
fn values_keep_the_origin_of_their_template() {
    let root = render(&node("a: 1\nk: '{{ list }}'\n"), &scope()).unwrap();
    assert_eq!(
        root.get("k").unwrap().items()[1].origin.to_string(),
        "r.yml:2:4"
    );
}

#[test]
fn errors_point_at_the_name() {
    let cases = [
        (
            "k: 'a {{ proxi }} b'",
            "r.yml:1:10: `proxi` is not defined => did you mean `proxy`?",
        ),
        (
            "k: '{{ proxi }}'",
            "r.yml:1:8: `proxi` is not defined => did you mean `proxy`?",
        ),
        (
            "k: '{{ map.prt }}'",
            "r.yml:1:8: `map` has no `prt` => did you mean `port`?",
        ),
        (
            "k: '{{ zzzzzzzz }} '",
            "r.yml:1:8: `zzzzzzzz` is not defined => defined here: count, family, list, map, on, proxy, version",
        ),
        (
            "'{{ famly }}': 1",
            "r.yml:1:5: `famly` is not defined => did you mean `family`?",
        ),
        (
            "k: '{{ list[7] }}'",
            "r.yml:1:8: a part of this expression is not defined => give it a value with `| default(…)`",
        ),
        (
            "family: 1\n'{{ map.key }}': 1\nvalue: 2",
            "r.yml:3:1: the key `value` is set twice [first set here: r.yml:2:1]",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text}");
    }
    let broken = refused("k: 'a {{ family'");
    assert!(broken.contains("the template is not valid"), "{broken}");
    let two = refused("a: '{{ x1 }}'\nb: '{{ x2 }}'");
    assert_eq!(two.lines().count(), 2, "{two}");
}

#[test]
fn hostile_templates_end() {
    let loops = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    let cases = [
        (format!("k: '{loops}'"), "runs for too long"),
        (
            "k: '{% for a in range(900) %}{{ \"x\" * 90000 }}{% endfor %}'".to_owned(),
            "gives too much",
        ),
        (
            "k: '{% set a = 1 %}'".to_owned(),
            "statement `set` is not available",
        ),
        (
            "k: '{% macro m() %}{{ m() }}{% endmacro %}'".to_owned(),
            "statement `macro` is not",
        ),
        (
            "k: '{% include \"/etc/passwd\" %}'".to_owned(),
            "statement `include` is not available",
        ),
        ("k: '{{ namespace(a=1) }}'".to_owned(), "namespace"),
        ("k: '{{ \"x\" * 999999999 }}'".to_owned(), "too large"),
        (
            format!(
                "k: '{{{{ (\"x\" * 90000) | replace(\"x\", \"{}\") }}}}'",
                "y".repeat(90)
            ),
            "too long",
        ),
        (
            format!("k: '{{{{ {}1{} }}}}'", "(".repeat(5000), ")".repeat(5000)),
            "more than 500 words",
        ),
        (
            format!("k: '{{{{ [1] * {} }}}}'", MAX_NODES + 1),
            "gives too much",
        ),
        (
            "k: '{{ [[0] * 90000] * 90000 }}'".to_owned(),
            "gives too much",
        ),
        (
            "k: 'x{{ [[0] * 90000] * 90000 }}'".to_owned(),
            "gives too much",
        ),
        (
            "k: '{{ range }}'".to_owned(),
            "gives a function, which is not a value",
        ),
    ];
    for (text, expected) in &cases {
        let problem = refused(text);
        assert!(problem.contains(expected), "{text:.80}: {problem}");
    }
}

#[test]
fn literal_values_stay_as_they_are() {
    let root = node("snippets: ['{{ x }}']\nk: '{{ family }}'\n");
    let out = render_except(&root, &scope(), &|_, key| key == "snippets").unwrap();
    assert_eq!(
        out.to_json(),
        serde_json::json!({"snippets": ["{{ x }}"], "k": "debian"})
    );
}

#[test]
fn file_texts_keep_their_last_newline() {
    let origin = Origin::of_file("files/x.conf");
    let text = render_text("proxy={{ proxy }}\n", &origin, &scope());
    assert_eq!(text, Ok("proxy=http://p\n".to_owned()));
    let problem = render_text("{{ proxi }}", &origin, &scope()).unwrap_err();
    assert_eq!(problem.to_string(), "files/x.conf: `proxi` is not defined");
}

#[test]
fn conditions_are_true_or_false() {
    let origin = node("when: x").get("when").unwrap().origin.clone();
    let ask = |text: &str| {
        condition(&Sourced::new(text.to_owned(), origin.clone()), &scope())
            .map_err(|problem| shown(&[*problem]))
    };
    assert_eq!(ask("family == 'debian' and count > 2"), Ok(true));
    assert_eq!(ask("family in ['fedora']"), Ok(false));
    assert_eq!(ask("missing is defined"), Ok(false));
    let cases = [
        (
            "family",
            "r.yml:1:7: a condition gives true or false, this gives the text `debian` => compare it: name == 'value'",
        ),
        (
            "count",
            "r.yml:1:7: a condition gives true or false, this gives the number 3 => compare it: name == 'value'",
        ),
        (
            "famly == 'x'",
            "r.yml:1:7: `famly` is not defined => did you mean `family`?",
        ),
        (
            "{{ on }}",
            "r.yml:1:7: a condition is a bare expression => remove the `{{ }}`: when: family == 'debian'",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(ask(text), Err(expected.to_owned()), "{text}");
    }
    assert!(ask("family ==").unwrap_err().contains("not valid"));
    assert!(ask("").unwrap_err().contains("not valid"));
}

#[test]
fn names_are_what_must_be_known() {
    let set = |expected: &[&str]| expected.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(
        names("family == 'x' and facts.id in range(3)"),
        set(&["facts", "family"])
    );
    assert_eq!(names("not ( valid"), set(&[]));
    let root = node("a: '{{ x }}'\nb: ['{% for i in l %}{{ i }}{% endfor %}']\n'{{ k }}': plain\n");
    assert_eq!(template_names(&root), set(&["k", "l", "x"]));
}
