//! What the configuration of bootc's installer in an image says (bootc-install-config(5)).

/// The file systems that the installer makes.
const FILE_SYSTEMS: [&str; 3] = ["ext4", "xfs", "btrfs"];

/// What files of configuration say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::bootable) struct Stated {
    /// The file system of the root.
    pub(in crate::bootable) file_system: Option<&'static str>,
    /// The boot loader.
    pub(in crate::bootable) boot_loader: Option<String>,
}

impl Stated {
    /// Takes files in, in their order: the later ones win. A file that is no TOML says nothing.
    pub(in crate::bootable) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut stated = Self::default();
        for text in texts {
            let file: toml::Table = toml::from_str(text).unwrap_or_default();
            let Some(install) = file.get("install") else {
                continue;
            };
            let root = || install.get("filesystem")?.get("root")?.get("type");
            let kind = root().or_else(|| install.get("root-fs-type"));
            let kind = kind.and_then(toml::Value::as_str);
            let known = FILE_SYSTEMS.into_iter().find(|one| Some(*one) == kind);
            stated.file_system = known.or(stated.file_system);
            let loader = install.get("bootloader").and_then(toml::Value::as_str);
            stated.boot_loader = loader.map(str::to_owned).or(stated.boot_loader);
        }
        stated
    }
}

#[cfg(test)]
mod tests {
    use super::Stated;

    #[test]
    fn later_files_win() {
        let cases: [(&[&str], Option<&str>, Option<&str>); 5] = [
            (&[], None, None),
            (&["[install]\nroot-fs-type = \"xfs\"\n"], Some("xfs"), None),
            (
                &[
                    "[install]\nroot-fs-type = \"xfs\"\nbootloader = \"systemd\"\n",
                    "[install.filesystem.root]\ntype = \"btrfs\"\n",
                ],
                Some("btrfs"),
                Some("systemd"),
            ),
            (
                &[
                    "[install]\nroot-fs-type = \"ext4\"\n",
                    "[install]\nroot-fs-type = \"zfs\"\n",
                ],
                Some("ext4"),
                None,
            ),
            (&["install = 3", "nonsense"], None, None),
        ];
        for (texts, file_system, boot_loader) in cases {
            let stated = Stated::of(texts.iter().copied());
            assert_eq!(stated.file_system, file_system, "{texts:?}");
            assert_eq!(stated.boot_loader.as_deref(), boot_loader, "{texts:?}");
        }
    }
}
