//! modprobe.d beside `modprobe -n -v`.

use super::batch::{Batch, Differences};
use super::random::Random;
use crate::setting::kinds::kernel_module::said;

const MODULES: [&str; 3] = ["cramfs", "hfs-plus", "usb_storage"];

const FOLDERS: [&str; 4] = [
    "etc/modprobe.d",
    "run/modprobe.d",
    "usr/local/lib/modprobe.d",
    "usr/lib/modprobe.d",
];

fn module(random: &mut Random) -> String {
    let name = random.of(&MODULES);
    match random.below(8) {
        0 => name.replace('-', "_"),
        1 => name.replace('_', "-"),
        2 => random
            .of(&[
                "cram*",
                "*",
                "hfs?plus",
                "[a-f]ramfs",
                "usb[_-]storage",
                "usb[!a]storage",
            ])
            .to_owned(),
        _ => name.to_owned(),
    }
}

fn text(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..random.below(6) {
        let name = module(random);
        let before = random.of(&["", "", "", " ", "\t"]);
        let command = random.of(&[
            "/bin/false",
            "/bin/true",
            "  /usr/bin/false",
            "/bin/true $CMDLINE_OPTS",
            "$MODPROBE --ignore-install x",
            "/bin/false || $MODPROBE x",
            "/bin/true; $MODPROBE x",
            "/bin/true \\\n  && $MODPROBE x",
            "/bin/false\t",
        ]);
        text += &match random.below(10) {
            0 => format!("# install {name} {command}\n"),
            1 => format!("# a comment that goes on \\\ninstall {name} {command}\n"),
            2 => format!("{before}options {name} debug=1\n"),
            3 | 4 => format!("{before}blacklist {name}\n"),
            5 => format!("remove {name} /bin/true\n\nsoftdep other pre: third\n"),
            6 => format!("install \\\n{name} {command}\n"),
            7 => format!("install {name}\nINSTALL {name} /bin/true\n"),
            _ => format!("{before}install\t{name} {command}\n"),
        };
    }
    text
}

#[test]
fn modprobe_says_the_same() {
    let names = ["10-a.conf", "50-b.conf", "zz.conf", ".hidden.conf", "a.txt"];
    let batch = Batch::new(0x4d_4f44, |root| root.layered(&FOLDERS, &names, text));
    let folders: Vec<String> = FOLDERS
        .iter()
        .map(|name| format!("-C $root/{name}"))
        .collect();
    // The smallest file that depmod takes for a module is an object file without any content.
    let before = "mount -t tmpfs none /run; mkdir -p /run/lib/modules/6.1.0; cd /run/lib/modules/6.1.0; \
         for name in cramfs hfs_plus usb_storage; do \
         printf '' | as -o $name.ko; done; depmod -b /run 6.1.0 2>/dev/null; cd /";
    let each = format!(
        "for name in cramfs hfs-plus usb_storage; do for b in '' -b; do \
         said=$(modprobe {} -d /run -S 6.1.0 -n -v $b $name 2>/dev/null || :); said=${{said% }}; \
         case $said in \
         install*) said=\"$(MODPROBE='echo loads' sh -c \"${{said#install }}\" || :)\"; \
           echo ${{said:-nothing}};; \
         insmod*) echo free;; *) echo blacklisted;; esac; done; done",
        folders.join(" ")
    );
    let programs = ["/usr/sbin/modprobe", "/usr/sbin/depmod", "/usr/bin/as"];
    let Some(answers) = batch.said(&programs, before, &each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, answers) in answers.iter().enumerate() {
        let answers: Vec<&str> = answers.lines().collect();
        assert_eq!(answers.len(), 2 * MODULES.len(), "{answers:?}");
        let root = batch.snapshot(number);
        for (name, theirs) in MODULES.iter().zip(answers.chunks(2)) {
            let found = said(name, &root).expect("examined");
            let install = match found.install {
                None => "free",
                Some((true, _)) => "nothing",
                Some((false, _)) => "loads",
            };
            let loads = theirs[0].split(' ').next().unwrap_or_default();
            differences.compare((install, loads), &format!("{number} {name}"), || {
                batch.shown(number)
            });
            let blacklisted = theirs[1] == "blacklisted";
            let ours = found.blacklisted.is_some();
            differences.compare(
                (ours, blacklisted),
                &format!("{number} blacklist {name}"),
                || batch.shown(number),
            );
        }
    }
    differences.none(batch.count * 6);
}
