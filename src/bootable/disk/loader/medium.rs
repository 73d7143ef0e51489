//! The texts that GRUB reads from a medium that installs.

use super::grub::quoted;

/// The file by which GRUB tells the medium from other volumes of the machine.
pub const MEDIUM_MARK: &str = "terroir/medium.json";

/// What GRUB is told where it starts, which may be another volume than the one with the menu: of a stick, GRUB
/// sees the ESP first.
pub(in crate::bootable::disk) const MEDIUM_STUB: &str = "\
if [ ! -f ($root)/terroir/medium.json ]; then
  search --no-floppy --file --set=root /terroir/medium.json
fi
set prefix=($root)/boot/grub
source ($root)/boot/grub/grub.cfg
";

/// The same for GRUB's image for BIOS, whose first parser knows no conditions; it reads the menu below its
/// prefix by itself.
pub const MEDIUM_CORE_STUB: &str = "\
search --no-floppy --file --set=root /terroir/medium.json
set prefix=($root)/boot/grub
";

/// The menu of a medium.
pub(in crate::bootable::disk) fn medium_menu(title: &str, arguments: &[String]) -> String {
    let is_serial = |argument: &String| argument.starts_with("console=ttyS0");
    let serial = match arguments.iter().any(is_serial) {
        true => {
            "serial --unit=0 --speed=115200\n\
             terminal_input console serial\n\
             terminal_output console serial\n"
        }
        false => "",
    };
    let words: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    format!(
        "{serial}set timeout=5\n\
         set default=0\n\
         menuentry {} {{\n  linux /boot/vmlinuz {}\n  initrd /boot/initramfs.img\n}}\n\
         menuentry 'Start from the disk of this machine' {{\n  exit\n}}\n",
        quoted(&format!("Install {title}")),
        words.join(" "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_menu_names_the_medium_and_its_kernel() {
        assert!(MEDIUM_STUB.contains(MEDIUM_MARK) && MEDIUM_CORE_STUB.contains(MEDIUM_MARK));
        let arguments = ["console=ttyS0,115200", "terroir.medium=A"].map(str::to_owned);
        let menu = medium_menu("os/it's:1", &arguments);
        assert!(menu.starts_with("serial --unit=0"), "{menu}");
        assert!(menu.contains("menuentry 'Install os/its:1' {"), "{menu}");
        let line = "  linux /boot/vmlinuz console=ttyS0,115200 terroir.medium=A\n";
        assert!(menu.contains(line), "{menu}");
        assert!(medium_menu("a", &[]).starts_with("set timeout"));
    }
}
