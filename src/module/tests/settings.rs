//! Plain settings.

use serde_json::json;

use super::{compile, settings};
use crate::module::Dialect;
use crate::setting::tests::fake::Repository;

#[test]
fn plain_settings() {
    let configuration = json!({"settings": [
        {"sysctl": {"net.ipv4.ip_forward": 0}},
        {"service": {"ssh.service": "enabled"}},
        {"file": {"/etc/issue": {"source": "issue"}}},
    ]});
    let repository = Repository::default().file("issue", "hi");
    let compiled = compile("settings", Dialect::Native, &configuration, &repository);
    let keys: Vec<String> = settings(&compiled.expect("valid"))
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "sysctl:net.ipv4.ip_forward",
            "service:ssh.service",
            "file:/etc/issue"
        ]
    );
    let wrong = json!({"settings": [{"sysctl": {"x": 0}}, {"service": {"ssh": "enabled"}}]});
    let errors = compile("settings", Dialect::Native, &wrong, &repository).expect_err("two");
    assert_eq!(errors.len(), 2, "all errors at once");
}
