//! Tests of unit names and `[Install]` sections.

use super::fake::place;
use crate::setting::{UnitInstall, UnitName};

#[test]
fn reads_install_sections() {
    let text = "\
[Unit]
WantedBy=not-here.target
[Install]
# WantedBy=commented.target
WantedBy=lost.target
WantedBy=
WantedBy = a.target b.target \\
; a comment inside
  c.target
RequiredBy=d.service
RequiredBy=\"e.service\"
UpheldBy=f.target
Also=g.socket
Also=
Alias=h.service
DefaultInstance=one
[Other]
Alias=not-here.service
";
    let unit = UnitInstall::parse(place("/usr/lib/systemd/system/x@.service"), text);
    assert_eq!(unit.wanted_by, ["a.target", "b.target", "c.target"]);
    assert_eq!(unit.required_by, ["d.service", "e.service"]);
    assert_eq!(unit.upheld_by, ["f.target"]);
    assert_eq!(unit.also, ["g.socket"], "systemd never empties Also=");
    assert_eq!(unit.alias, ["h.service"]);
    assert_eq!(unit.default_instance.as_deref(), Some("one"));
    let unit = unit.with_drop_in("[Install]\nWantedBy=\nAlias=i.service\nDefaultInstance=\n");
    assert!(unit.wanted_by.is_empty());
    assert_eq!(unit.alias, ["h.service", "i.service"]);
    assert_eq!(unit.default_instance, None);
}

#[test]
fn travels_compactly() {
    let unit = UnitInstall::parse(
        place("/usr/lib/systemd/system/x.service"),
        "[Install]\nWantedBy=a.target",
    );
    let json = serde_json::to_string(&unit).expect("serialises");
    assert_eq!(
        json,
        r#"{"path":"/usr/lib/systemd/system/x.service","wanted-by":["a.target"]}"#
    );
    assert_eq!(
        serde_json::from_str::<UnitInstall>(&json).expect("reads back"),
        unit
    );
}

#[test]
fn takes_names_apart() {
    let name = |text: &str| UnitName::parse(text);
    for wrong in [
        "",
        "foo",
        ".service",
        "foo.bar",
        "a b.service",
        "a/b.service",
        "@x.service",
    ] {
        assert_eq!(name(wrong), None, "{wrong}");
    }
    assert_eq!(name(&format!("{}.service", "x".repeat(250))), None);
    let instance = name("foo-bar@baz.service").expect("valid");
    assert_eq!(instance.instance(), Some("baz"));
    assert_eq!(
        instance.template().map(|name| name.to_string()),
        Some("foo-bar@.service".into())
    );
    for (text, expanded) in [
        ("%i", "baz"),
        ("%n", "foo-bar@baz.service"),
        ("%N", "foo-bar@baz"),
        ("%p", "foo-bar"),
        ("%j", "bar"),
        ("%%", "%"),
        ("dev-%i.device", "dev-baz.device"),
    ] {
        assert_eq!(instance.expand(text).as_deref(), Ok(expanded));
    }
    assert_eq!(instance.expand("%H"), Err("%H".into()));
    assert_eq!(instance.expand("x%"), Err("%".into()));
}
