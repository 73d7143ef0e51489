//! Secrets as commands find them.

use crate::action::SecretTarget;

use super::secret::without_end;

#[test]
fn a_variable_has_no_line_breaks_at_its_end_and_a_file_keeps_them() {
    for (bytes, variable) in [
        ("abc\n", "abc"),
        ("abc\n\n", "abc"),
        ("abc \n", "abc "),
        ("a\nb\r\n", "a\nb\r"),
        ("\n", ""),
        ("", ""),
        ("abc", "abc"),
    ] {
        let env = without_end(bytes.into(), &SecretTarget::Env("S".to_owned()));
        assert_eq!(
            env,
            variable.as_bytes(),
            "{bytes:?}, as `$(cat FILE)` has it"
        );
        let file = without_end(bytes.into(), &SecretTarget::File("/s".to_owned()));
        assert_eq!(file, bytes.as_bytes());
    }
}
