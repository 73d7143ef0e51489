//! Command plans of zypper.

use serde_json::json;

use super::managers::{plan, repository};
use super::{compile_on, distribution, lines};
use crate::module::Dialect::{BlueBuild, Native};

const ZYPP: &str = " [network] [zypp-opensuse-leap-42 /var/cache/zypp]";

#[test]
fn zypper_plans() {
    let install = "zypper --non-interactive install --auto-agree-with-licenses";
    for (dialect, configuration, expected) in [
        (BlueBuild, json!({"install": {"packages": ["vim", "git"]}, "remove": {"packages": ["nano"]}}),
         vec![format!("zypper --non-interactive remove nano{ZYPP}"), format!("{install} vim git{ZYPP}")]),
        (Native, json!({"upgrade": true}),
         vec![format!("zypper --non-interactive update --auto-agree-with-licenses{ZYPP}")]),
        (Native, json!({"install": ["vim=9.1"], "recommends": false}),
         vec![format!("{install} --no-recommends vim=9.1{ZYPP}")]),
        (Native, json!({"install": {"packages": ["vim"]}, "recommends": true, "files": ["files/a.rpm"]}),
         vec![format!("{install} --recommends --allow-unsigned-rpm vim /run/inputs/files/a.rpm{ZYPP} [files/a.rpm /run/inputs]")]),
        (Native, json!({"remove": {"packages": ["a"], "auto-remove": true}, "hold": ["k"], "unhold": ["l"]}),
         vec![format!("zypper --non-interactive removelock l{ZYPP}"),
              format!("zypper --non-interactive remove --clean-deps a{ZYPP}"),
              format!("zypper --non-interactive addlock k{ZYPP}")]),
        (Native, json!({"repos": [{"id": "acme", "url": "https://rpm.acme.example", "key": "files/acme.asc", "priority": 90}]}),
         vec!["write /etc/pki/rpm-gpg/RPM-GPG-KEY-acme 644 files/acme.asc".into(),
              "rpm --import /etc/pki/rpm-gpg/RPM-GPG-KEY-acme".into(),
              "write /etc/zypp/repos.d/acme.repo 644 \"[acme]\\nname=acme\\nbaseurl=https://rpm.acme.example\\nenabled=1\\n\
               gpgcheck=1\\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-acme\\npriority=90\\nautorefresh=1\\n\"".into()]),
    ] {
        assert_eq!(plan("zypper", dialect, &configuration), expected, "{configuration}");
    }
    let rolling = distribution("suse", "opensuse-tumbleweed");
    let upgrade = compile_on(
        rolling,
        ("zypper", Native),
        &json!({"upgrade": true}),
        &repository(),
    );
    assert!(lines(&upgrade.expect("valid"))[0].contains(" dist-upgrade "));
}
