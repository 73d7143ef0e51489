//! An update whose system hangs: it is switched off, starts itself again, is reset by a watchdog
//! device, and then the old system starts.

use std::time::Instant;

use super::guest::{Guest, deployment};
use super::images::Images;
use crate::machines::{is_wanted, took};

/// Hangs before the system is up: twice with a PID 1 that lives, then with one that a tracer holds
/// (PTRACE_ATTACH on amd64).
const PROGRAM: &str = "#!/bin/sh
count=$(cat /var/lib/hang 2>/dev/null || echo 0)
count=$((count + 1))
echo $count >/var/lib/hang
sync
echo \"this system hangs: $count\" >/dev/console
[ $count != 3 ] || exec perl -e 'sleep 20; syscall(101, 16, 1, 0, 0) == 0 or die $!; sleep 9999'
exec sleep infinity
";
const ENTRIES: &str = "modules:
  - type: settings
    settings:
      - file:
          /usr/lib/systemd/system/hang.service:
            content: |
              [Unit]
              DefaultDependencies=no
              RequiresMountsFor=/var/lib
              After=systemd-udev-settle.service
              Wants=systemd-udev-settle.service
              Before=sysinit.target
              [Service]
              Type=oneshot
              ExecStart=/usr/libexec/hang
              TimeoutStartSec=infinity
              [Install]
              WantedBy=sysinit.target
            mode: \"0644\"
          /usr/lib/systemd/system/terroir-deadline.service.d/90-test.conf:
            content: |
              [Service]
              Environment=LIMIT=150
            mode: \"0644\"
          /usr/lib/systemd/system.conf.d/90-test.conf:
            content: |
              [Manager]
              RuntimeWatchdogSec=30s
            mode: \"0644\"
      - service: { hang.service: enabled }
";

#[test]
fn a_system_that_hangs_is_left_for_the_one_before() {
    if !is_wanted("life") {
        return;
    }
    let start = Instant::now();
    let since = |what: &str| took("hang", what, start.elapsed().as_secs_f64());
    let images = Images::new();
    images.base("trixie");
    let first = images.tested("first", "base.yml");
    images.publish(&first, "first");
    let disk = images.disk(&first, "disk.raw");
    images.with_program("program", "first.yml", ("/usr/libexec/hang", PROGRAM));
    let hangs = images.recipe("hangs", "program.yml", ENTRIES);
    let hangs = images.publish(&hangs, "hangs");
    since("images and disk");
    let mut guest = Guest::start(&disk, &images.key(), &["--", "-device", "i6300esb"]);
    let report = guest.ready();
    let old = deployment(&report);
    // The device is in use, for as long as the layer says.
    let device =
        guest.run("cat /sys/class/watchdog/watchdog0/state /sys/class/watchdog/watchdog0/timeout");
    assert_eq!(device, "active\n180\n");
    guest.switch(&images, &hangs);
    since("the update");
    guest.restart();
    guest.says("this system hangs: 1");
    since("a hang, and the power is cut");
    guest.cut_power();
    guest.says("this system hangs: 2");
    guest.says("terroir-deadline: this image did not come as far as its check; 1 tries left");
    since("the deadline");
    guest.says("this system hangs: 3");
    let report = guest.ready();
    since("a watchdog, and the way back");
    assert_eq!(report["deployment"], old.as_str(), "{report}");
    assert_eq!(report["fellBack"], true, "{report}");
    let console = guest.console();
    let (_, last) = console.split_once("this system hangs: 3").expect("said");
    let (last, _) = last.split_once("Linux version").expect("the next start");
    // PID 1 did not start the machine again; there was nobody who could.
    assert!(!last.contains("reboot:"), "{last}");
    let history = guest.run("terroir host history");
    assert!(history.contains("hung"), "{history}");
    // A PID 1 that crashes starts the machine again by itself.
    guest.run("systemd-run --on-active=1 kill -SEGV 1");
    let report = guest.ready();
    since("a crash of PID 1");
    assert_eq!(report["deployment"], old.as_str(), "{report}");
    guest.off();
}
