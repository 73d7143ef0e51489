//! Command plans of apk.

use serde_json::json;

use super::managers::plan;
use crate::module::Dialect::{BlueBuild, Native};

const APK: &str = " [network] [apk /var/cache/apk]";

#[test]
fn apk_plans() {
    let apk = "apk --no-progress --cache-dir /var/cache/apk";
    for (dialect, configuration, expected) in [
        (BlueBuild, json!({"install": {"packages": ["vim"]}, "remove": {"packages": ["nano"]}}),
         vec![format!("{apk} del nano{APK}"), format!("{apk} --update-cache add vim{APK}")]),
        (Native, json!({"upgrade": true, "install": ["vim=9.1-r0"], "files": ["files/a.apk"]}),
         vec![format!("{apk} --update-cache upgrade{APK}"),
              format!("{apk} --update-cache add vim=9.1-r0 /run/inputs/files/a.apk{APK} [files/a.apk /run/inputs]")]),
        (Native, json!({"repos": [{"id": "acme", "url": "https://apk.acme.example/v3.22/main", "key": "files/acme.rsa.pub"}]}),
         vec!["write /etc/apk/keys/acme.rsa.pub 644 files/acme.rsa.pub".into(),
              "write /etc/apk/repositories.d/acme.list 644 \"https://apk.acme.example/v3.22/main\\n\"".into()]),
    ] {
        assert_eq!(plan("apk", dialect, &configuration), expected, "{configuration}");
    }
}
