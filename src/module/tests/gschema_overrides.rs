//! Override files of GSettings.

use serde_json::json;

use super::desktop::{plan, repository};
use super::{compile, refused};
use crate::module::Dialect::{BlueBuild, Native};
use crate::setting::tests::fake::Repository;

#[test]
fn gschema_overrides() {
    let schemas = "/usr/share/glib-2.0/schemas";
    for (dialect, configuration, expected) in [
        (
            BlueBuild,
            json!({}),
            [
                "gschema-overrides/zz.gschema.override",
                "zz.gschema.override",
            ],
        ),
        (
            BlueBuild,
            json!({"include": ["zz.gschema.override"]}),
            [
                "gschema-overrides/zz.gschema.override",
                "zz.gschema.override",
            ],
        ),
        (
            Native,
            json!({"include": ["desktop/own.gschema.override"]}),
            ["desktop/own.gschema.override", "own.gschema.override"],
        ),
    ] {
        let [source, name] = expected;
        let expected = [
            format!("write {schemas}/{name} 644 {source}"),
            format!("sh {name}"),
        ];
        assert_eq!(plan("gschema-overrides", dialect, &configuration), expected);
    }
    for (dialect, configuration, message) in [
        (
            BlueBuild,
            json!({"include": ["none.gschema.override"]}),
            "there is no file gschema-overrides/none",
        ),
        (
            BlueBuild,
            json!({"include": ["notes.md"]}),
            "is not an override of schemas",
        ),
        (Native, json!({}), "no overrides are named"),
    ] {
        refused(
            compile("gschema-overrides", dialect, &configuration, &repository()),
            message,
            "",
        );
    }
    let empty = Repository::default().file("gschema-overrides/notes.md", "x");
    refused(
        compile("gschema-overrides", BlueBuild, &json!({}), &empty),
        "holds no file whose name ends with",
        "",
    );
}
