//! Kernel arguments of records in the first format.

use serde_json::{Value, json};

use super::karg_support::{Said, as_bootc_reads, derive};
use crate::action::Action;
use crate::origin::Tier;
use crate::recipe::flavour::record::Record;
use crate::setting::Kind;
use crate::setting::tests::fake::Disk;

#[test]
fn a_record_of_the_first_format_is_read() {
    let origin = json!({"file": "base.yml", "line": 1, "column": 1});
    let claim = |value: Value| json!([{"value": value, "origin": origin, "flavour": "b", "tier": "universal"}]);
    let record = json!({
        "format": 1,
        "ancestry": [{"name": "b", "tier": "universal", "recipe": "base.yml"}],
        "reference": "b",
        "facts": {"family": "debian", "id": "debian", "versionId": "13", "codename": "trixie",
                  "architecture": "amd64"},
        "settings": {
            "karg:quiet": claim(json!([null])),
            "karg:console": claim(json!(["tty0", "ttyS0"])),
            "karg:a@x86_64": claim(json!(["1"])),
        },
        "osRelease": "", "units": {"files": {}}, "epoch": 0,
    });
    let read = Record::parse(record.to_string().as_bytes()).expect("an older record");
    let mut claims = read.settings;
    let before = "a=1 console=tty0 console=ttyS0 quiet";
    assert_eq!(as_bootc_reads(&claims, "x86_64"), before);
    let below = [(Said::Words(&["console=hvc0"], ""), false)];
    assert_eq!(derive(&mut claims, ("x", Tier::Group), &below, &[]), []);
    assert_eq!(
        as_bootc_reads(&claims, "x86_64"),
        format!("{before} console=hvc0")
    );
    let all = claims.of_kind(Kind::KARG);
    let touched = all.keys().cloned().collect();
    let actions = Kind::KARG
        .render(&all, &touched, &mut Disk::new())
        .expect("renders");
    let paths: Vec<String> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Write { path, .. } => Some(path.to_string()),
            _ => None,
        })
        .collect();
    for old in ["10-terroir.toml", "10-terroir-x86_64.toml"] {
        assert!(paths.iter().any(|path| path.ends_with(old)), "{paths:?}");
    }
    let newer = record
        .to_string()
        .replacen("\"format\":1", "\"format\":4", 1);
    let refused = Record::parse(newer.as_bytes()).expect_err("a newer record");
    assert!(refused.to_string().contains("format 4"), "{refused}");
}
