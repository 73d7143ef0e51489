//! Recipes of `just`.

use serde_json::json;

use super::desktop::{plan, repository};
use super::{compile, lines, refused};
use crate::module::Dialect::{BlueBuild, Native};

#[test]
fn justfiles() {
    let place = "/usr/share/bluebuild/justfiles";
    let all = [
        format!("write {place}/a.just 644 justfiles/a.just"),
        format!("write {place}/more/b.just 644 justfiles/more/b.just"),
    ];
    let imports = format!("sh {place}/a.just {place}/more/b.just");
    let chosen = json!({"include": ["a.just", "more"], "validate": true});
    let expected = [&all[..], &[imports.clone(), imports.clone()]].concat();
    assert_eq!(plan("justfiles", BlueBuild, &chosen), expected);
    assert_eq!(
        plan("justfiles", Native, &json!({"include": ["tools"]})),
        [
            format!("write {place}/tools/c.just 644 tools/c.just"),
            format!("sh {place}/tools/c.just")
        ]
    );
    let install = compile(
        "justfiles",
        Native,
        &json!({"include": ["tools"], "install": true}),
        &repository(),
    );
    assert!(lines(&install.expect("valid"))[1].contains("install just"));
    let notes = compile("justfiles", BlueBuild, &json!({}), &repository());
    refused(
        notes,
        "`notes.md` has no file whose name ends with .just",
        "",
    );
    refused(
        compile("justfiles", Native, &json!({}), &repository()),
        "no justfiles are named",
        "`include`",
    );
}
