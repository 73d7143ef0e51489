//! Fonts of the repository.

use serde_json::json;

use super::desktop::{plan, repository};
use super::{compile, refused};
use crate::module::Dialect::Native;

#[test]
fn fonts_of_the_repository() {
    assert_eq!(
        plan(
            "fonts",
            Native,
            &json!({"files": ["fonts/Acme", "fonts/One.otf"]})
        ),
        [
            "write /usr/share/fonts/Acme/Acme.ttf 644 fonts/Acme/Acme.ttf",
            "write /usr/share/fonts/One.otf 644 fonts/One.otf",
            "fc-cache --system-only --really-force",
        ]
    );
    let fetched = compile(
        "fonts",
        Native,
        &json!({"fonts": {"nerd-fonts": ["Hack"]}}),
        &repository(),
    );
    refused(fetched, "not fetched from the network", "`files`");
    refused(
        compile(
            "fonts",
            Native,
            &json!({"files": ["fonts/none.ttf"]}),
            &repository(),
        ),
        "there is no file",
        "",
    );
}
