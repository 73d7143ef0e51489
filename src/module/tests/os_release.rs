//! Values of os-release.

use serde_json::json;

use super::{compile, refused};
use crate::action::{Edit, EditStyle};
use crate::module::Dialect;
use crate::setting::apply;
use crate::setting::tests::fake::Repository;

#[test]
fn os_release_quotes_every_value() {
    let properties =
        json!({"properties": {"NAME": "Acme \"OS\" $1", "VERSION_ID": 12, "ID": "acme"}});
    let compiled = compile(
        "os-release",
        Dialect::BlueBuild,
        &properties,
        &Repository::default(),
    );
    let compiled = compiled.expect("valid");
    let values: Vec<(String, String)> = compiled
        .settings
        .iter()
        .map(|setting| {
            let key = setting.key();
            let key = key
                .strip_prefix("config:/usr/lib/os-release#")
                .expect("the file");
            let value = setting.value["value"].as_str().expect("a text");
            assert_eq!(setting.value["style"], "equals");
            (key.to_owned(), value.to_owned())
        })
        .collect();
    let edit = Edit {
        style: EditStyle::Equals,
        reader: None,
        values,
        removed: Vec::new(),
        create: true,
    };
    let text = apply(
        &edit,
        "PRETTY_NAME=\"x\"\nNAME=old\nID=debian\nHOME_URL=h\n",
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "PRETTY_NAME=\"x\"",
            r#"NAME="Acme \"OS\" \$1""#,
            "ID=\"acme\"",
            "HOME_URL=h",
            "VERSION_ID=\"12\"",
        ]
    );
}

#[test]
fn os_release_refusals() {
    for (key, value, message, hint) in [
        (
            "name",
            json!("x"),
            "`name` is not a key of os-release",
            "NAME",
        ),
        (
            "1A",
            json!("x"),
            "`1A` is not a key of os-release",
            "upper-case letters",
        ),
        (
            "",
            json!("x"),
            "`` is not a key of os-release",
            "upper-case letters",
        ),
        (
            "BUILD-ID",
            json!("x"),
            "`BUILD-ID` is not a key",
            "BUILD_ID",
        ),
        (
            "NAME",
            json!("a\nb"),
            "the value of `NAME` holds a line break",
            "in one line",
        ),
        (
            "NAME",
            json!(null),
            "`NAME` needs a text",
            "after the colon",
        ),
        ("NAME", json!(1.5), "`NAME` needs a text", "in quotes"),
    ] {
        let properties = json!({"properties": {key: value}});
        let outcome = compile(
            "os-release",
            Dialect::Native,
            &properties,
            &Repository::default(),
        );
        refused(outcome, message, hint);
    }
}
