//! faillock.conf and pwquality.conf with arguments in the stacks, beside `pamtester`.

use super::super::fake::place;
use super::batch::{Batch, Differences};
use crate::action::EditStyle;
use crate::setting::kinds::config::{Program, effective};

/// A copy of this machine's `/etc`, with an account whose password is `right`, over the original.
const ETC: &str = "mount -t tmpfs none /run; mkdir /run/etc /run/faillock; \
     cp -a /etc/passwd /etc/shadow /etc/group /etc/nsswitch.conf /etc/ld.so.cache /run/etc/; \
     mkdir /run/etc/pam.d /run/etc/security; mount --bind /run/etc /etc; \
     echo 'tried:x:4711:4711::/:/bin/sh' >> /etc/passwd; \
     echo \"tried:$(openssl passwd -6 right):19000:0:99999:7:::\" >> /etc/shadow";

const CLEAN: &str = "rm -rf /etc/security/* /run/faillock/*; cp -a $root/etc/security /etc/; \
     cp $root/etc/pam.d/* /etc/pam.d/; ";

#[test]
fn pam_faillock_says_the_same() {
    let batch = Batch::sized(0x4641, 10, |root| {
        let values = ["0", "3", "4 # four", "6", "100", "5"];
        let mut file = "# deny = 1\nnodelay\n".to_owned();
        for _ in 0..root.random.below(3) {
            let equals = root.random.of(&[" = ", "=", " ", "  =  "]);
            file += &format!(
                "{}deny{equals}{}\n",
                root.random.of(&["", " "]),
                root.random.of(&values)
            );
        }
        root.write("etc/security/faillock.conf", &file);
        root.write("etc/security/other.conf", "deny = 2\nnodelay\n");
        let options = root.random.of(&[
            "",
            "",
            "deny=3",
            "deny=100",
            "deny=0",
            "deny=100 deny=4",
            "conf=/etc/security/other.conf",
            "conf=/etc/security/other.conf deny=100",
            "\\\n  deny=100",
        ]);
        root.write(
            "etc/pam.d/tried",
            &format!(
                "auth required pam_faillock.so preauth {options}\n\
             auth [success=1 default=ignore] pam_unix.so nodelay\n\
             auth [default=die] pam_faillock.so authfail {options}\n\
             auth required pam_permit.so\n"
            ),
        );
    });
    let each = format!(
        "{CLEAN} for word in 1 2 3 4 5 6; do \
         echo wrong | pamtester tried tried authenticate >/dev/null 2>&1 || :; done; \
         echo right | pamtester tried tried authenticate 2>&1 || :"
    );
    let Some(said) = batch.said(&["/usr/bin/pamtester", "/usr/bin/openssl"], ETC, &each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, said) in said.iter().enumerate() {
        let file = "/etc/security/faillock.conf";
        let found = effective(
            &batch.snapshot(number),
            &place(file),
            EditStyle::Equals,
            "deny",
        );
        let locks = found.expect("examined").iter().all(|found| {
            // Three is what it takes by itself.
            let text = found.as_ref().map_or("3", |found| &found.value);
            let deny = Program::Faillock.meaning("deny", text).parse::<u32>();
            deny.is_ok_and(|deny| (1..=6).contains(&deny))
        });
        let refused = !said.contains("successfully authenticated");
        differences.compare((locks, refused), &format!("{number} locks"), || {
            format!("{said}\n{}", batch.shown(number))
        });
    }
    differences.none(30);
}

#[test]
fn pam_pwquality_says_the_same() {
    let batch = Batch::sized(0x5051, 5, |root| {
        let values = ["6", "8 # enough", "9", "14", "20"];
        for name in [
            "pwquality.conf",
            "pwquality.conf.d/10-a.conf",
            "pwquality.conf.d/20-b.conf",
        ] {
            let mut file = "# minlen = 1\ndictcheck = 0\nenforce_for_root\n".to_owned();
            for _ in 0..root.random.below(3) {
                let equals = root.random.of(&[" = ", "=", " "]);
                file += &format!("minlen{equals}{}\n", root.random.of(&values));
            }
            root.write(&format!("etc/security/{name}"), &file);
        }
        let options = root
            .random
            .of(&["", "", "minlen=6", "minlen=14", "minlen=14 minlen=7"]);
        root.write("etc/pam.d/tried", &format!(
            "password requisite pam_pwquality.so retry=1 {options}\npassword required pam_permit.so\n"
        ));
    });
    let each = format!(
        "{CLEAN} printf 'kT7$zQ2!\\nkT7$zQ2!\\n' | pamtester tried tried chauthtok 2>&1 || :"
    );
    let Some(said) = batch.said(&["/usr/bin/pamtester", "/usr/bin/openssl"], ETC, &each) else {
        return;
    };
    let mut differences = Differences::default();
    for (number, said) in said.iter().enumerate() {
        let file = "/etc/security/pwquality.conf";
        let found = effective(
            &batch.snapshot(number),
            &place(file),
            EditStyle::Equals,
            "minlen",
        );
        let takes = found.expect("examined").iter().all(|found| {
            let text = found.as_ref().map_or("8", |found| &found.value);
            text.parse::<u32>().is_ok_and(|least| least <= 8)
        });
        let taken = said.contains("altered successfully");
        differences.compare((takes, taken), &format!("{number} is long enough"), || {
            format!("{said}\n{}", batch.shown(number))
        });
    }
    differences.none(60);
}
