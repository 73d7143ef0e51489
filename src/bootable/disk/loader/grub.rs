//! The texts that GRUB reads: its configuration beside the loader, and its environment block.

use std::fmt::Write as _;

/// The size of an environment block, which GRUB writes in place.
const BLOCK: usize = 1024;

/// An empty environment block.
pub(in crate::bootable::disk) fn environment() -> Vec<u8> {
    let mut block = b"# GRUB Environment Block\n".to_vec();
    block.resize(BLOCK, b'#');
    block
}

/// What GRUB is told beside the loader: to find /boot, to count the tries of a new deployment down,
/// and to read the menu there. No update writes this file.
pub(in crate::bootable::disk) fn first_menu(boot: &str, arguments: &[String]) -> String {
    let mut text = format!(
        "# Written with the disk. The menu itself is grub/grub.cfg on the file system of /boot.\n\
         search --no-floppy --fs-uuid --set=root {boot}\n\
         set prefix=($root)/grub\n"
    );
    let serial = arguments
        .iter()
        .any(|argument| argument.starts_with("console=ttyS0"));
    if serial {
        text += "serial --unit=0 --speed=115200\n\
                 terminal_input console serial\n\
                 terminal_output console serial\n";
    }
    text += "set timeout=2\n\
             set default=0\n\
             set fallback=1\n\
             load_env -f ($root)/grub/grubenv\n\
             # Tries of a new deployment that are left: at 0 the one before is the default.\n\
             if [ \"$tries\" = 0 ]; then set default=1; fi\n";
    for tries in 1..=3 {
        let _ = writeln!(
            text,
            "if [ \"$tries\" = {tries} ]; then set tries={}; save_env -f ($root)/grub/grubenv tries; fi",
            tries - 1
        );
    }
    text += "# The administrator's own file, which may set a password.\n\
             if [ -s ($root)/grub/user.cfg ]; then source ($root)/grub/user.cfg; fi\n\
             source ($root)/grub/grub.cfg\n";
    text
}

/// The menu of a root that packages update: its only kernel, in the folder that is /boot.
pub(in crate::bootable::disk) fn plain_menu(
    title: &str,
    (kernel, initramfs): (&str, &str),
    arguments: &[String],
) -> String {
    let words: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    format!(
        "menuentry {} --unrestricted {{\n  linux /{kernel} {}\n  initrd /{initramfs}\n}}\n",
        quoted(title),
        words.join(" ")
    )
}

/// A word as the shell of GRUB takes it literally.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "")),
    }
}
