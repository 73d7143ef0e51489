use super::*;
use proptest::prelude::*;

#[test]
fn normalises_and_refuses() {
    let path = |text: &str| TreePath::parse(text).map(|path| path.to_string());
    assert_eq!(
        path("//etc/./ssh//sshd_config"),
        Ok("/etc/ssh/sshd_config".into())
    );
    assert_eq!(path("/"), Ok("/".into()));
    assert_eq!(
        path("etc/../../x"),
        Err(PathError::Climbs("etc/../../x".into()))
    );
    assert_eq!(path("a\0b"), Err(PathError::Nul("a\0b".into())));
    assert_eq!(path(&"a".repeat(5000)), Err(PathError::TooLong(5000)));
}

#[test]
fn knows_what_lies_below() {
    let path = |text: &str| TreePath::parse(text).expect("a valid path");
    assert!(path("/etc/ssh").starts_with(&path("/etc")));
    assert!(!path("/etcetera").starts_with(&path("/etc")));
    assert_eq!(path("/etc/ssh").parent(), Some(path("/etc")));
    assert_eq!(path("/etc").parent(), Some(TreePath::root()));
    assert_eq!(path("/etc/ssh").file_name(), b"ssh");
}

proptest! {
    #[test]
    fn text_form_round_trips(bytes in proptest::collection::vec(1u8..=255, 0..60)) {
        if let Ok(path) = TreePath::from_bytes(&bytes) {
            let text = serde_json::to_string(&path).expect("serialises");
            prop_assert_eq!(serde_json::from_str::<TreePath>(&text).expect("reads back"), path);
        }
    }
}
