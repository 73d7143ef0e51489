//! Where the document of a host is: what the kernel's command line says, and what of the machine stands in
//! it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::error::InstallError;
use crate::kickstart::HOST_ARGUMENT;

/// The kernel argument by which a boot loader tells the card that it booted from (PXELINUX, iPXE).
const BOOTED: &str = "BOOTIF=";

/// What a machine says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The hardware address that it booted from, in lower case with colons.
    pub mac: Option<String>,
    /// The serial number that its firmware tells.
    pub serial: Option<String>,
    /// The UUID that its firmware tells, in lower case.
    pub uuid: Option<String>,
}

impl Facts {
    /// Reads them of the system below a folder, with the kernel's command line.
    #[must_use]
    pub fn read(root: &Path, line: &str) -> Self {
        let text = |path: &str| {
            let text = fs::read_to_string(root.join(path)).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        Self {
            mac: booted(line).or_else(|| card(root)),
            serial: text("sys/class/dmi/id/product_serial"),
            uuid: text("sys/class/dmi/id/product_uuid").map(|uuid| uuid.to_lowercase()),
        }
    }
}

/// The address of the card that the boot loader tells: `01-52-54-00-00-00-01`.
fn booted(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let told = words.find_map(|word| word.strip_prefix(BOOTED))?;
    let address = told.strip_prefix("01-").unwrap_or(told);
    Some(address.to_lowercase().replace('-', ":"))
}

/// The address of the first card by name that is connected, else of the first.
fn card(root: &Path) -> Option<String> {
    cards(root).into_iter().next()
}

/// The addresses of all cards: those that are connected first, then by name.
pub(super) fn cards(root: &Path) -> Vec<String> {
    let mut cards = Vec::new();
    let entries = fs::read_dir(root.join("sys/class/net"))
        .into_iter()
        .flatten();
    for path in entries.flatten().map(|entry| entry.path()) {
        let read = |name: &str| fs::read_to_string(path.join(name)).unwrap_or_default();
        // A device of its own is what loopback, bridges and tunnels have not.
        if read("type").trim() == "1" && path.join("device").exists() {
            let is_down = read("operstate").trim() != "up";
            cards.push((is_down, path.clone(), read("address").trim().to_owned()));
        }
    }
    cards.sort();
    cards.into_iter().map(|(_, _, address)| address).collect()
}

/// The address or file that the kernel's command line names.
#[must_use]
pub fn named(line: &str) -> Option<String> {
    argument(line, HOST_ARGUMENT)
}

/// The value of an argument of the kernel.
pub(super) fn argument(line: &str, name: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let value = words.find_map(|word| word.strip_prefix(name))?;
    Some(value.trim_matches('"').to_owned())
}

/// An address with `{mac}`, `{serial}` and `{uuid}` filled in.
///
/// # Errors
/// A name that stands for nothing, or something that the machine does not tell.
pub fn fill(address: &str, facts: &Facts) -> Result<String, InstallError> {
    let mut filled = String::new();
    let mut rest = address;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = match name {
            "mac" => &facts.mac,
            "serial" => &facts.serial,
            "uuid" => &facts.uuid,
            _ => {
                return Err(InstallError::Address {
                    address: address.to_owned(),
                    why: format!("`{{{name}}}` stands for nothing"),
                });
            }
        };
        let value = value.as_ref().ok_or_else(|| InstallError::Address {
            address: address.to_owned(),
            why: format!("this machine tells no {name}"),
        })?;
        encode(value, &mut filled);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Adds a text as a part of an address (RFC 3986, section 2.3; colons are allowed in a path).
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                into.push(char::from(byte));
            }
            // Writing to a text does not fail.
            _ => drop(write!(into, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            mac: Some("52:54:00:00:00:01".to_owned()),
            serial: Some("A/1 x".to_owned()),
            uuid: None,
        }
    }

    #[test]
    fn facts_of_the_machine_are_filled_in() {
        let filled = fill("http://s/{mac}/{serial}.json", &facts()).unwrap();
        assert_eq!(filled, "http://s/52:54:00:00:00:01/A%2F1%20x.json");
        assert_eq!(fill("http://s/a", &facts()).unwrap(), "http://s/a");
        for (address, expected) in [
            ("http://s/{uuid}", "this machine tells no uuid"),
            ("http://s/{name}", "`{name}` stands for nothing"),
        ] {
            let said = fill(address, &facts()).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_machine_tells_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join("sys/class").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("dmi/id/product_serial", "S1\n");
        write("dmi/id/product_uuid", "ABC\n");
        for (name, state, device) in [
            ("eth0", "down", true),
            ("eth1", "up", true),
            ("br0", "up", false),
        ] {
            write(&format!("net/{name}/type"), "1\n");
            write(&format!("net/{name}/address"), &format!("{name}\n"));
            write(&format!("net/{name}/operstate"), &format!("{state}\n"));
            if device {
                write(&format!("net/{name}/device/x"), "");
            }
        }
        let found = Facts::read(folder.path(), "quiet");
        assert_eq!(found.mac.as_deref(), Some("eth1"));
        assert_eq!(
            (found.serial.as_deref(), found.uuid.as_deref()),
            (Some("S1"), Some("abc"))
        );
        let found = Facts::read(folder.path(), "BOOTIF=01-52-54-00-00-00-0A quiet");
        assert_eq!(found.mac.as_deref(), Some("52:54:00:00:00:0a"));
        assert_eq!(
            named("a terroir.host=http://s/{mac} b").as_deref(),
            Some("http://s/{mac}")
        );
        assert_eq!(named("a"), None);
    }
}
