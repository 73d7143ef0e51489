//! The templates that come with terroir.

/// A template that comes with terroir.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name: its path below `kickstart/templates`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// Takes templates from `kickstart/templates` into the program.
macro_rules! shipped {
    ($($name:literal)*) => {
        /// The templates that come with terroir, sorted by name.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../../../kickstart/templates/", $name)),
        }),*];
    };
}

shipped! {
    "anaconda.ks"
    "anaconda/copy.sh"
    "anaconda/first-boot.service"
    "anaconda/first-boot.sh"
    "anaconda/onerror.sh"
    "anaconda/post.sh"
    "anaconda/pre.sh"
    "anaconda/report.sh"
    "authorities.sh"
    "autoinstall/early.sh"
    "autoinstall/late.sh"
    "autoinstall/meta-data"
    "autoinstall/user-data"
    "dhcp/dnsmasq-proxy.conf"
    "dhcp/dnsmasq.conf"
    "dhcp/kea-dhcp4.json"
    "disk.sh"
    "enable-first-boot.sh"
    "fetch.sh"
    "first-boot.sh"
    "foreman/PXEGrub2/bootc.erb"
    "foreman/PXELinux/bootc.erb"
    "foreman/iPXE/bootc.erb"
    "foreman/job/rollback.erb"
    "foreman/job/status.erb"
    "foreman/job/switch.erb"
    "foreman/job/upgrade.erb"
    "foreman/parameters.yml"
    "foreman/provision/bootc.erb"
    "foreman/ptable/cis.erb"
    "foreman/ptable/lvm.erb"
    "foreman/ptable/plain.erb"
    "grub/grub.cfg"
    "grub/host.cfg"
    "grub/local.cfg"
    "ipxe/boot.ipxe"
    "ipxe/host.ipxe"
    "ipxe/local.ipxe"
    "mtu.sh"
    "preseed.cfg"
    "preseed/early.sh"
    "preseed/late.sh"
    "preseed/network.sh"
    "preseed/report.sh"
    "pxelinux/default"
    "pxelinux/host"
    "time-servers.sh"
}
