//! Placeholders of an autoinstall file that early.sh replaces on the machine.

/// Where early.sh puts a secret.
pub(in crate::kickstart) fn for_secret(name: &str) -> String {
    format!("@terroir:secret:{name}@")
}
