//! Boot loaders of each target: where they are, who signs them, what they can do.
//!
//! With Secure Boot the firmware trusts the shim, the shim trusts GRUB and kernels that its own vendor
//! signed. So every target has a folder of its own with shim, GRUB and kernel from one tree.

use crate::kickstart::model::host::Host;
use crate::kickstart::model::site::{Site, SiteTree};
use crate::kickstart::output::path;
use crate::kickstart::value::target::{Installer, Target};
use crate::origin::Diagnostic;

/// iPXE for UEFI, relative to the server's URL and to the folder `tftp`.
pub(super) const IPXE: &str = "ipxe.efi";

/// Who signs shim, GRUB and kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    /// The Debian project.
    Debian,
    /// Canonical.
    Canonical,
    /// The Fedora project.
    Fedora,
    /// Red Hat, or a rebuild of its distribution.
    RedHat,
}

/// The vendor of a target.
pub(super) fn vendor(target: Target) -> Vendor {
    match target {
        Target::Debian12 | Target::Debian13 => Vendor::Debian,
        Target::Ubuntu2404 => Vendor::Canonical,
        Target::RHEL9 | Target::RHEL10 => Vendor::RedHat,
        Target::F42 | Target::F43 | Target::F44 | Target::F45 => Vendor::Fedora,
    }
}

/// Whether the vendor's signed GRUB fetches over HTTP; Debian's has no such module.
pub(super) fn grub_has_http(target: Target) -> bool {
    vendor(target) != Vendor::Debian
}

/// Whether the vendor's signed GRUB takes its server from an answer of DHCP in proxy mode, which GRUB 2.12 does,
/// and Red Hat's and Fedora's before.
pub(super) fn grub_has_proxy(target: Target) -> bool {
    target != Target::Debian12
}

/// The folder of a target's loaders, kernel and initial RAM disk.
pub(super) fn folder(target: Target) -> &'static str {
    target.name()
}

/// The path of the shim of a target, for firmware.
pub(super) fn shim(target: Target) -> String {
    format!("{}/shimx64.efi", folder(target))
}

/// What UEFI's HTTP boot gets for a target, relative to the server's URL.
pub(super) fn http(target: Target) -> String {
    if grub_has_http(target) {
        shim(target)
    } else {
        // This GRUB could not go on; iPXE does, without Secure Boot.
        IPXE.to_owned()
    }
}

/// What UEFI machines of a target get by TFTP from DHCP in proxy mode.
pub(super) fn proxied(target: Target) -> String {
    if grub_has_proxy(target) {
        shim(target)
    } else {
        // Without Secure Boot, too.
        IPXE.to_owned()
    }
}

/// What a target's installer boots with, relative to the folders `tftp` and `http`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kernel {
    /// The kernel.
    pub kernel: String,
    /// The initial RAM disk.
    pub initrd: String,
}

/// What a host boots to be installed: the installer of its image, or that of its target.
pub(super) fn kernel_of(site: &Site, host: &Host) -> Kernel {
    let image = host
        .image
        .as_ref()
        .filter(|_| host.installer == Installer::Own);
    match image {
        Some(image) => own_kernel(&image.reference),
        None => kernel(site, host.target.value),
    }
}

/// The kernel and initial RAM disk of terroir's own installer of an image, in the folder that
/// `terroir installer` writes.
pub(super) fn own_kernel(reference: &str) -> Kernel {
    let folder = path::installer_folder(reference);
    Kernel {
        kernel: format!("{folder}/vmlinuz"),
        initrd: format!("{folder}/initramfs.img"),
    }
}

/// The kernel and initial RAM disk of a target: where the inventory has them, else in its folder by the
/// names that its vendor gives them.
pub(super) fn kernel(site: &Site, target: Target) -> Kernel {
    let (kernel, initrd) = match target.distribution_installer() {
        Installer::Debian => ("linux", "initrd.gz"),
        Installer::Ubuntu => ("linux", "initrd"),
        Installer::Anaconda | Installer::Own => ("vmlinuz", "initrd.img"),
    };
    let tree = site.installers.get(&target);
    let stated = |path: fn(&SiteTree) -> Option<&String>| {
        let path = tree.and_then(path);
        path.map(|path| path.trim_start_matches('/').to_owned())
    };
    let own = |name: &str| format!("{}/{name}", folder(target));
    Kernel {
        kernel: stated(|tree| tree.kernel.as_deref()).unwrap_or_else(|| own(kernel)),
        initrd: stated(|tree| tree.initrd.as_deref()).unwrap_or_else(|| own(initrd)),
    }
}

/// Finds kernels in another vendor's folder, whose shim would refuse them.
pub(super) fn mixed(site: &Site, target: Target) -> Option<Diagnostic> {
    let kernel = site.installers.get(&target)?.kernel.as_ref()?;
    let (first, _) = kernel.trim_start_matches('/').split_once('/')?;
    let other = first.parse::<Target>().ok()?;
    (vendor(other) != vendor(target)).then(|| {
        let message =
            format!("the kernel of {target} is among the loaders of {other}, another vendor's");
        Diagnostic::error(&kernel.origin, message).hint(format!(
            "with Secure Boot shim, GRUB and kernel have to be of one vendor: put the kernel below \
             {}/ with the shim and GRUB of {target}",
            folder(target)
        ))
    })
}
