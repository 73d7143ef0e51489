//! One first start, one update that is not well, and the way back.

use std::time::Instant;

use super::guest::{Guest, deployment, is_well};
use super::images::Images;
use crate::machines::{is_wanted, took};

#[test]
fn machines_go_back_from_an_update_that_is_not_well() {
    if !is_wanted("smoke") {
        return;
    }
    let start = Instant::now();
    let images = Images::new();
    images.base("trixie");
    let recipe = images.tested("first", "base.yml");
    images.publish(&recipe, "first");
    took("life", "the image", start.elapsed().as_secs_f64());
    let disk = images.disk(&recipe, "disk.raw");
    took("life", "its disk", start.elapsed().as_secs_f64());
    let mut guest = Guest::start(&disk, &images.key(), &["--secure-boot"]);
    let report = guest.ready();
    took("life", "the first start", start.elapsed().as_secs_f64());
    is_well(&report);
    let old = deployment(&report);
    let wrote = guest.try_run("touch /usr/x").0;
    assert_ne!(wrote, 0, "/usr can be written");
    guest.run("echo local > /etc/local && grep -q '^root:' /etc/passwd && mountpoint /boot && mountpoint /efi");

    let program = ("/usr/share/terroir/health.d/50-no", "#!/bin/sh\nexit 1\n");
    let broken = images.with_program("broken", "first.yml", program);
    let broken = images.publish(&broken, "second");
    // One try, so that the machine starts only once more in vain.
    let counted = "/etc/systemd/system/ostree-finalize-staged.service.d";
    guest.run(&format!(
        "mkdir -p {counted} && printf '[Service]\\nExecStop=/usr/libexec/terroir/grubenv tries=1\\n' > {counted}/99-test.conf && systemctl daemon-reload"
    ));
    guest.switch(&images, &broken);
    took("life", "the update", start.elapsed().as_secs_f64());
    guest.restart();
    let report = loop {
        let report = guest.ready();
        if report["deployment"] == old.as_str() {
            break report;
        }
    };
    took("life", "the way back", start.elapsed().as_secs_f64());
    assert_eq!(report["fellBack"], true, "{report}");
    assert_eq!(guest.run("cat /etc/local"), "local\n");
    let history = guest.run("terroir host history");
    assert!(history.contains("back"), "{history}");
    let status = guest.run("terroir host status");
    assert!(
        status.contains(&old) || status.contains("first"),
        "{status}"
    );
    guest.off();
}
