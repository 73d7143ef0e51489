//! What a path that a loader asks for names: a machine, and the loader's language.

/// The loader that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loader {
    /// iPXE, by HTTP.
    Ipxe,
    /// GRUB.
    Grub,
    /// pxelinux.
    Pxelinux,
}

/// The loader and the name of the machine in a path that a loader asks for.
pub(super) fn asked(path: &str) -> Option<(Loader, String)> {
    let (folder, file) = path.rsplit_once('/')?;
    let (loader, name) = match folder.rsplit('/').next()? {
        "ipxe" => (Loader::Ipxe, file.strip_suffix(".ipxe")?),
        "pxelinux.cfg" => (Loader::Pxelinux, file),
        // Fedora's and Red Hat's GRUB look beside themselves, which is no folder of this name.
        _ => (Loader::Grub, file.strip_prefix("grub.cfg-")?),
    };
    let name = match name.split_at_checked(3) {
        // ARP's number of Ethernet.
        Some(("01-", mac)) if mac.len() == 17 => mac,
        _ => name,
    };
    let mac = name
        .parse::<crate::kickstart::Mac>()
        .map(|mac| mac.to_string());
    let name = mac.unwrap_or_else(|_| name.to_owned());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (!name.is_empty() && name.len() <= 100 && name.chars().all(is_plain)).then_some((loader, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_loaders_name_machines() {
        let mac = "52:54:00:00:00:0a";
        let rows = [
            ("ipxe/52-54-00-00-00-0a.ipxe", Some((Loader::Ipxe, mac))),
            ("ipxe/52:54:00:00:00:0A.ipxe", Some((Loader::Ipxe, mac))),
            ("ipxe/serial-X1.ipxe", Some((Loader::Ipxe, "serial-X1"))),
            (
                "grub/grub.cfg-01-52-54-00-00-00-0a",
                Some((Loader::Grub, mac)),
            ),
            (
                "F43/grub.cfg-01-52:54:00:00:00:0a",
                Some((Loader::Grub, mac)),
            ),
            ("grub/grub.cfg-uuid-1-2", Some((Loader::Grub, "uuid-1-2"))),
            (
                "pxelinux.cfg/01-52-54-00-00-00-0a",
                Some((Loader::Pxelinux, mac)),
            ),
            ("grub/grub.cfg", None),
            ("ipxe/.ipxe", None),
            ("ipxe/a b.ipxe", None),
            ("ipxe/<b>.ipxe", None),
            ("boot.ipxe", None),
        ];
        for (path, expected) in rows {
            let expected = expected.map(|(loader, name)| (loader, name.to_owned()));
            assert_eq!(asked(path), expected, "{path}");
        }
    }
}
