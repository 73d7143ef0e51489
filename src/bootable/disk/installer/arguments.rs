//! The words of `bootc install to-disk`, as bootc 1.16.9 takes them.

use super::image::Image;
use crate::bootable::disk::order::{FileSystem, Installer};
use crate::process::shell_word;

/// What the machine mounts the image's layout at.
pub(super) const LAYOUT: &str = "/run/terroir-work/layout";

/// The boot loader of bootc that needs no bootupd, and a root of composefs.
const SYSTEMD: &str = "systemd";

/// Whether the root is one of composefs: without bootupd there is no other way.
pub(super) fn is_composefs(image: &Image) -> bool {
    match &image.stated.boot_loader {
        Some(stated) => stated == SYSTEMD,
        None => !image.has_bootupd,
    }
}

/// The words after `bootc`, but for the device.
pub(super) fn arguments(installer: &Installer, image: &Image) -> Vec<String> {
    let mut words: Vec<String> = ["install", "to-disk", "--source-imgref"]
        .map(str::to_owned)
        .to_vec();
    words.push(format!("oci:{LAYOUT}/image"));
    // The disk is for any machine, and this one has no network.
    words.extend(["--generic-image", "--skip-fetch-check", "--wipe"].map(str::to_owned));
    let wished = installer.file_system.map(FileSystem::name);
    let file_system = match (wished, image.stated.file_system) {
        (None, Some(_)) => None,
        (wished, _) => Some(wished.unwrap_or(FileSystem::Ext4.name())),
    };
    let mut option = |name: &str, value: &str| {
        words.extend([name.to_owned(), value.to_owned()]);
    };
    if let Some(file_system) = file_system {
        option("--filesystem", file_system);
    }
    if let Some(follows) = &installer.follows {
        option("--target-imgref", follows);
    }
    if image.bound > 0 {
        option("--bound-images", "skip");
    }
    if is_composefs(image) {
        option("--bootloader", SYSTEMD);
        words.push("--composefs-backend".to_owned());
    }
    words
}

/// Words as a shell reads them.
pub(super) fn quoted(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootable::declared::Stated;

    const BEFORE: &str = "install to-disk --source-imgref oci:/run/terroir-work/layout/image --generic-image \
         --skip-fetch-check --wipe ";

    fn image(has_bootupd: bool, file_system: Option<&'static str>, loader: Option<&str>) -> Image {
        Image {
            kernel: "/k".into(),
            initramfs: "/i".into(),
            stated: Stated {
                file_system,
                boot_loader: loader.map(str::to_owned),
            },
            has_bootupd,
            bound: 0,
        }
    }

    fn installer(file_system: Option<FileSystem>, follows: Option<&str>) -> Installer {
        Installer {
            file_system,
            follows: follows.map(str::to_owned),
            limit: 1,
        }
    }

    #[test]
    fn an_image_without_bootupd_gets_a_root_of_composefs() {
        let composefs = "--bootloader systemd --composefs-backend";
        let ext4 = "--filesystem ext4";
        let cases = [
            (image(true, None, None), ext4.to_owned()),
            (image(false, None, None), format!("{ext4} {composefs}")),
            (
                image(true, None, Some("systemd")),
                format!("{ext4} {composefs}"),
            ),
            (image(false, None, Some("none")), ext4.to_owned()),
        ];
        for (image, expected) in cases {
            let words = arguments(&installer(None, None), &image).join(" ");
            assert_eq!(words, format!("{BEFORE}{expected}"), "{image:?}");
        }
    }

    #[test]
    fn a_wish_comes_before_the_image_and_the_image_before_ext4() {
        let cases = [
            (None, None, "--filesystem ext4"),
            (None, Some("xfs"), ""),
            (Some(FileSystem::Btrfs), Some("xfs"), "--filesystem btrfs"),
            (Some(FileSystem::Xfs), None, "--filesystem xfs"),
        ];
        for (wish, stated, expected) in cases {
            let words = arguments(&installer(wish, None), &image(true, stated, None)).join(" ");
            assert_eq!(words, format!("{BEFORE}{expected}").trim(), "{expected}");
        }
    }

    #[test]
    fn machines_follow_a_name_and_bound_images_stay_away() {
        let name = "registry.example.org/os/server:1";
        let bound = Image {
            bound: 2,
            ..image(true, Some("xfs"), None)
        };
        let words = arguments(&installer(None, Some(name)), &bound).join(" ");
        let expected = format!("{BEFORE}--target-imgref {name} --bound-images skip");
        assert_eq!(words, expected);
    }

    #[test]
    fn words_stay_whole_in_a_shell() {
        let words = ["a b", "it's", "", "$x"].map(str::to_owned);
        assert_eq!(quoted(&words), r"'a b' 'it'\''s' '' '$x'");
    }
}
