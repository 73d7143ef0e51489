//! Which host of a medium a machine is.

use super::contents::{Contents, MediumHost};

/// What a machine says of itself, all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The hardware addresses of its cards, in lower case with colons.
    pub macs: Vec<String>,
    /// The serial number that its firmware tells.
    pub serial: Option<String>,
    /// The UUID that its firmware tells, in lower case.
    pub uuid: Option<String>,
}

/// The host that a machine is; none when it is none of them.
///
/// # Errors
/// The names of several.
pub(in crate::installer) fn pick<'c>(
    contents: &'c Contents,
    machine: &Machine,
) -> Result<Option<&'c MediumHost>, Vec<String>> {
    let is_it = |host: &&MediumHost| {
        let has_card = host.macs.iter().any(|mac| machine.macs.contains(mac));
        let is_same = |own: &Option<String>, told: &Option<String>| match (own, told) {
            (Some(own), Some(told)) => own.eq_ignore_ascii_case(told),
            _ => false,
        };
        // Firmware writes UUIDs in either case; serial numbers that differ in it alone are nobody's.
        has_card || is_same(&host.serial, &machine.serial) || is_same(&host.uuid, &machine.uuid)
    };
    let fitting: Vec<&MediumHost> = contents.hosts.iter().filter(is_it).collect();
    match fitting.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(several.iter().map(|host| host.name.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::contents::MediumImage;
    use super::*;

    #[test]
    fn a_machine_is_one_host_by_card_serial_or_uuid() {
        let text = |text: &str| Some(text.to_owned());
        let host =
            |name: &str, mac: &str, serial: Option<String>, uuid: Option<String>| MediumHost {
                name: name.to_owned(),
                macs: vec![mac.to_owned()],
                serial,
                uuid,
            };
        let image = MediumImage {
            reference: "a".to_owned(),
            digest: "sha256:0".to_owned(),
            follow: None,
        };
        let hosts = vec![
            host("web1", "52:54:00:00:00:01", text("S1"), None),
            host("web2", "52:54:00:00:00:02", None, text("abc")),
        ];
        let contents = Contents::new(image, hosts);
        let machine = |macs: &[&str], serial: Option<String>, uuid: Option<String>| Machine {
            macs: macs.iter().map(|mac| (*mac).to_owned()).collect(),
            serial,
            uuid,
        };
        let cases = [
            (
                machine(&["x", "52:54:00:00:00:02"], None, None),
                Ok(Some("web2")),
            ),
            (machine(&["x"], text("S1"), text("x")), Ok(Some("web1"))),
            (machine(&[], text("S2"), text("ABC")), Ok(Some("web2"))),
            (machine(&["x"], text("S2"), None), Ok(None)),
            (machine(&[], None, None), Ok(None)),
            (
                machine(&["52:54:00:00:00:02"], text("S1"), None),
                Err(vec!["web1".to_owned(), "web2".to_owned()]),
            ),
        ];
        for (machine, expected) in cases {
            let found = pick(&contents, &machine);
            let found = found.map(|host| host.map(|host| host.name.as_str()));
            assert_eq!(found, expected, "{machine:?}");
        }
    }
}
