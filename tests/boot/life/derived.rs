//! Flavours on a published, shaped parent: what makes the initramfs again, what does not, and what
//! is in it then. No machine starts here; making an initramfs takes as long.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::images::Images;
use crate::judge::run;
use crate::machines::is_wanted;
use crate::program::Terroir;

/// A kernel module without content, made in the root; dracut is told to take it.
const MODULE: &str = r#"modules:
  - type: files
    files:
      - { source: files/probe.ko, destination: /usr/share/acme/probe.ko, mode: "0644" }
  - type: script
    snippets:
      - 'for kernel in /usr/lib/modules/*; do install -D -m 0644 /usr/share/acme/probe.ko $kernel/updates/probe.ko; done; rm /usr/share/acme/probe.ko'
  - type: settings
    settings:
      - file:
          /usr/lib/dracut/dracut.conf.d/90-probe.conf: { content: 'add_drivers+=" probe "', mode: "0644" }
"#;

/// A volume that the initramfs opens.
const VOLUME: &str = r#"modules:
  - type: settings
    settings:
      - file:
          /etc/crypttab:
            content: |
              # what the initramfs opens, and what the system opens
              data UUID=0f0b3ac0-6b6f-4b5e-9d3e-6a0c2f6d6a11 none luks,x-initrd.attach
              more UUID=1f0b3ac0-6b6f-4b5e-9d3e-6a0c2f6d6a11 none luks
            mode: "0600"
"#;

/// What no initramfs reads: a package with a service, an authority, kernel arguments and parameters.
const AROUND: &str = r#"modules:
  - type: packages
    install: [cron]
  - type: kargs
    kargs: [quiet]
  - type: settings
    settings:
      - sysctl: { vm.swappiness: 7 }
      - file:
          /usr/local/share/ca-certificates/company.crt: { source: files/company.crt, mode: "0644" }
"#;

/// An image as a folder.
struct Unpacked(TempDir);

impl Unpacked {
    fn of(terroir: &Terroir, recipe: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        terroir.run(["build", "--quiet", recipe]);
        let place = folder.path().join("root").display().to_string();
        terroir.run(["unpack", recipe, &place]);
        Self(folder)
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    /// The one file beside the kernel that has a name.
    fn beside_kernel(&self, name: &str) -> Vec<u8> {
        let kernels = self.root().join("usr/lib/modules");
        let kernel = std::fs::read_dir(kernels).expect("kernels").next();
        let kernel = kernel.expect("one").expect("readable").path();
        std::fs::read(kernel.join(name)).expect("a file")
    }

    /// What dracut's own program says of the initramfs, in mounts of its own.
    #[expect(clippy::disallowed_methods, reason = "tests start the program")]
    fn lsinitrd(&self, more: &str) -> String {
        let script = format!("lsinitrd {more} /usr/lib/modules/*/initramfs.img");
        let found = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--net", "chroot"])
            .arg(self.root())
            .args(["sh", "-c", &script])
            .output()
            .expect("it starts");
        assert!(found.status.success(), "{found:?}");
        String::from_utf8_lossy(&found.stdout).into_owned()
    }
}

#[test]
fn a_derived_flavour_has_the_initramfs_that_it_needs() {
    if !is_wanted("more") {
        return;
    }
    let images = Images::new();
    images.base("trixie");
    let parent = images.tested("first", "base.yml");
    let encrypted = "  - layer: disk-encryption\n    with: { methods: [passphrase] }\n";
    images.append("first", encrypted);
    images.publish(&parent, "parent");
    let from = images.local("parent");
    let parent = Unpacked::of(images.terroir(), &parent);
    let made = parent.beside_kernel("initramfs.img");

    let file = |name: &str| images.place(&format!("recipes/test/files/{name}"));
    let module = file("probe.ko").display().to_string();
    run("as", &["-o", &module, "/dev/null"], b"");
    let subject = ["-subj", "/CN=company", "-keyout", "/dev/null", "-out"];
    let authority = file("company.crt").display().to_string();
    let request = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9",
    ];
    run(
        "openssl",
        &[&request[..], &subject, &[&authority]].concat(),
        b"",
    );

    let around = images.recipe("around", &from, AROUND);
    let root = Unpacked::of(images.terroir(), &around);
    assert_eq!(root.beside_kernel("initramfs.img"), made, "made again");
    let units = root.root().join("usr/lib/systemd/system");
    let link = units.join("multi-user.target.wants/cron.service");
    assert!(link.is_symlink(), "the service of a package is not enabled");

    let volume = images.recipe("volume", &from, VOLUME);
    let root = Unpacked::of(images.terroir(), &volume);
    let said = root.lsinitrd("--file etc/crypttab");
    let line = "data UUID=0f0b3ac0-6b6f-4b5e-9d3e-6a0c2f6d6a11 none luks,x-initrd.attach\n";
    assert_eq!(said, line);

    let module = images.recipe("module", &from, MODULE);
    let root = Unpacked::of(images.terroir(), &module);
    assert_ne!(root.beside_kernel("initramfs.img"), made);
    let said = root.lsinitrd("");
    assert!(said.contains("updates/probe.ko"), "{said}");
    let known = root.beside_kernel("modules.dep");
    let known = String::from_utf8_lossy(&known).into_owned();
    assert!(known.lines().any(|line| line == "updates/probe.ko:"));
    images.terroir().run(["lint", "--fatal-warnings", &module]);

    // The same again by somebody who has nothing of it.
    let store = tempfile::tempdir().expect("a folder");
    let other = Terroir::new(&store.path().join("store"));
    let again = Unpacked::of(&other, &module);
    assert_eq!(
        again.beside_kernel("initramfs.img"),
        root.beside_kernel("initramfs.img")
    );
}
