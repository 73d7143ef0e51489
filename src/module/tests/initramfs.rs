//! When the initramfs is made.

use serde_json::json;

use super::{commands, compile};
use crate::module::{Dialect, FinishRequest};
use crate::setting::tests::fake::Repository;

#[test]
fn an_initramfs_is_made_at_the_end_or_in_place() {
    let none = Repository::default();
    let native = compile("initramfs", Dialect::Native, &json!({}), &none).expect("asks");
    assert_eq!(native.finish, [FinishRequest::Initramfs]);
    assert!(native.actions.is_empty());
    let in_place = compile("initramfs", Dialect::BlueBuild, &json!({}), &none).expect("runs");
    assert!(in_place.finish.is_empty());
    let script = &commands(&in_place)[0].arguments[2];
    for words in [
        "--no-hostonly --reproducible",
        "--kver \"$kernel\"",
        "update-initramfs -c -k",
        "exit 127",
    ] {
        assert!(script.contains(words), "{words}");
    }
    assert!(FinishRequest::TrustStore < FinishRequest::Initramfs);
}
