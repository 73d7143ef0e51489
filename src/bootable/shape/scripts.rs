//! What runs in the root: the parts of the shape that move files or call its own programs.

/// Puts kernel, folders at the top and dpkg's database where an image-based root has them.
pub(super) const LAYOUT: &str = concat!(include_str!("kernel.sh"), include_str!("layout.sh"));

/// Makes the initramfs of a kernel, and lists what is in it.
pub(super) const INITRAMFS: &str = include_str!("initramfs.sh");

/// Puts the kernel where bootc looks for it, and removes what later images never deliver and no machine
/// needs from /var.
pub(super) const CLEAN: &str = concat!(include_str!("kernel.sh"), include_str!("clean.sh"));
