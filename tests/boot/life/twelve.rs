//! Debian 12 on a machine, and its update to Debian 13.

use std::time::Instant;

use super::guest::{Guest, is_well};
use super::images::Images;
use crate::machines::{is_wanted, took};

#[test]
fn debian_12_becomes_debian_13() {
    if !is_wanted("more") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("Debian 12", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("bookworm");
    let twelve = images.tested("twelve", "base.yml");
    images.publish(&twelve, "twelve");
    let disk = images.disk(&twelve, "disk.raw");
    images.base("trixie");
    let thirteen = images.tested("thirteen", "base.yml");
    let thirteen = images.publish(&thirteen, "thirteen");
    since("images and disk");
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    let report = guest.ready();
    since("the first start");
    is_well(&report);
    guest
        .run("grep -qx 'VERSION_ID=\"12\"' /etc/os-release && mountpoint /boot && mountpoint /efi");
    assert_ne!(guest.try_run("touch /usr/x").0, 0, "/usr can be written");
    guest.run("echo local > /etc/local && useradd -m someone && echo kept > /var/lib/kept");

    guest.switch(&images, &thirteen);
    since("the update");
    guest.restart();
    let report = guest.ready();
    since("the start of Debian 13");
    is_well(&report);
    assert_eq!(report["fellBack"], false, "{report}");
    guest.run("grep -qx 'VERSION_ID=\"13\"' /etc/os-release");
    guest.run("grep -qx local /etc/local && grep -qx kept /var/lib/kept && id someone && test -d /home/someone");
    guest.says("terroir-health");
    let (_, counted) = guest.try_run("sleep 20; grep tries= /boot/grub/grubenv");
    assert_eq!(counted, "", "the count of tries goes on");
    guest.off();
    images.judge(&disk);
    since("the end");
}
