//! Rules of texts in an inventory: names, URLs, keys; an error says what to write instead.

use crate::origin::{Diagnostic, Sourced};

/// Longest name that a machine may have, in characters (hostname(7)).
pub(crate) const LONGEST_NAME: usize = 64;

/// A rule that texts follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// What such a text is: "a host name".
    pub what: &'static str,
    /// What is right instead.
    pub right: &'static str,
    /// Whether a text follows it.
    pub fits: fn(&str) -> bool,
}

/// A name of DNS: labels of letters, digits and `-`, in lower case.
pub(crate) const HOST: Rule = Rule {
    what: "a host name",
    right: "lower-case letters, digits and `-`, up to 63 of them, not `-` first or last, \
            and a letter among them",
    fits: |text| {
        let label = |part: &str| {
            (1..=63).contains(&part.len())
                && part
                    .bytes()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        text.len() <= 253
            && text.split('.').all(label)
            && text.bytes().any(|c| c.is_ascii_lowercase())
    },
};

/// The name of a site, a group or a network.
pub(crate) const NAME: Rule = Rule {
    what: "a name",
    right: "letters, digits, `-`, `_` and `.`, a letter or digit first",
    fits: |text| {
        text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
    },
};

/// A login name (useradd(8)).
pub(crate) const USER: Rule = Rule {
    what: "a user or group name",
    right: "lower-case letters, digits, `-` and `_`, up to 32 of them, a letter or `_` first",
    fits: |text| {
        (1..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && text
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c))
    },
};

/// A network interface (15 bytes is what the kernel takes).
pub(crate) const INTERFACE: Rule = Rule {
    what: "an interface name",
    right: "up to 15 letters, digits, `-`, `_` and `.`",
    fits: |text| {
        (1..=15).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
    },
};

/// A URL of the web.
pub(crate) const URL: Rule = Rule {
    what: "a URL",
    right: "http://… or https://… without spaces, quotes, user names and passwords",
    fits: |text| {
        let rest = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        rest.is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
                && rest
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || b"-_.~:/?%&=+,[]".contains(&c))
        })
    },
};

/// A place of a registry, as registries.conf writes it.
pub(crate) const LOCATION: Rule = Rule {
    what: "a place of a registry",
    right: "host[:port][/path], without https://",
    fits: |text| {
        !text.contains("//")
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.:/".contains(&c))
    },
};

/// A time zone of the tz database.
pub(crate) const TIME_ZONE: Rule = Rule {
    what: "a time zone",
    right: "Europe/Paris, UTC …",
    fits: |text| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.len() <= 64
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_+/".contains(&c))
    },
};

/// A locale of glibc.
pub(crate) const LOCALE: Rule = Rule {
    what: "a locale",
    right: "fr_FR.UTF-8, C.UTF-8 …",
    fits: |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.len() <= 32
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.@".contains(&c))
    },
};

/// A keyboard layout.
pub(crate) const KEYBOARD: Rule = Rule {
    what: "a keyboard",
    right: "us, fr, de …",
    fits: |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.len() <= 32
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
    },
};

/// A kernel argument.
pub(crate) const KERNEL_ARGUMENT: Rule = Rule {
    what: "a kernel argument",
    right: "one word without spaces and quotes: console=ttyS0,115200",
    fits: |text| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && text
                .chars()
                .all(|c| c.is_ascii_graphic() && !"\"'\\`$".contains(c))
    },
};

/// Checks a kernel argument, and says what to write instead of quotes.
pub(crate) fn check_kernel_argument(text: &Sourced<String>, problems: &mut Vec<Diagnostic>) {
    if (KERNEL_ARGUMENT.fits)(text) {
        return;
    }
    let bare = text.replace('"', "");
    if (KERNEL_ARGUMENT.fits)(&bare) {
        let message = format!("`{}` has quotes around no space", text.value);
        let error = Diagnostic::error(&text.origin, message);
        problems.push(error.hint(format!("write {bare}, which is the same to the kernel")));
        return;
    }
    let quotes = text.contains('"') || text.contains(' ');
    if !quotes || !(KERNEL_ARGUMENT.fits)(&bare.replace(' ', "")) {
        KERNEL_ARGUMENT.check(text, problems);
        return;
    }
    let message = format!("the kernel argument `{}` has a space", text.value);
    let error = Diagnostic::error(&text.origin, message);
    problems.push(error.hint(
        "installers and boot loaders end it there, quoted or not: write two arguments as two items \
         of the list; write a parameter of a module into /etc/modprobe.d by the flavour's module \
         `files`, or at the first boot: first-boot: ['echo \"options MODULE NAME=…\" \
         >/etc/modprobe.d/own.conf']",
    ));
}

/// A package.
pub(crate) const PACKAGE: Rule = Rule {
    what: "a package name",
    right: "lower-case letters, digits, `+`, `-` and `.`",
    fits: |text| {
        text.len() > 1
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text
                .bytes()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"+-.".contains(&c))
    },
};

/// An identifier of a disk or a machine: a serial number, a name below /dev/disk/by-id.
pub(crate) const TOKEN: Rule = Rule {
    what: "a serial number or identifier",
    right: "letters, digits and `-_.:+*`, as `ls /dev/disk/by-id` and `dmidecode` print it",
    fits: |text| {
        (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.:+*".contains(&c))
            && text.contains(|c: char| c.is_ascii_alphanumeric())
    },
};

/// The serial number of a disk, as lsblk shows it.
pub(crate) const DISK_SERIAL: Rule = Rule {
    what: "the serial number of a disk",
    right: "what `lsblk --nodeps -o NAME,SERIAL` prints: up to 128 letters, digits and signs but \
            quotes, `\\`, `$` and `*`; one space between words, none before or behind them",
    fits: |text| {
        (1..=128).contains(&text.len())
            && text
                .chars()
                .all(|c| (c.is_ascii_graphic() || c == ' ') && !"\"'`\\$*".contains(c))
            && text.contains(|c: char| c.is_ascii_alphanumeric())
            && text.split(' ').all(|word| !word.is_empty())
    },
};

/// The world wide name of a disk, as lsblk shows it.
pub(crate) const WWN: Rule = Rule {
    what: "the world wide name of a disk",
    right: "what `lsblk --nodeps -o NAME,WWN` prints: 0x5002538e40a1b2c3, eui.0025385b21b0c9a1 …, \
            in lower case and quotes",
    fits: |text| {
        let known = ["0x", "eui.", "naa.", "nvme.", "uuid.", "t10."];
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.:+".contains(&c);
        text.len() <= 256
            && known.iter().any(|start| {
                text.strip_prefix(start)
                    .is_some_and(|rest| !rest.is_empty())
            })
            && text.bytes().all(plain)
            && (!text.starts_with("0x") || text.bytes().all(|c| !c.is_ascii_uppercase()))
    },
};

/// A UUID.
pub(crate) const UUID: Rule = Rule {
    what: "a UUID",
    right: "8-4-4-4-12 hexadecimal digits",
    fits: |text| {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        lengths == [8, 4, 4, 4, 12] && text.bytes().all(|c| c == b'-' || c.is_ascii_hexdigit())
    },
};

/// A mount point.
pub(crate) const MOUNT_POINT: Rule = Rule {
    what: "a mount point",
    right: "an absolute path of plain names: /var/log",
    fits: |text| {
        let plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && part
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c))
        };
        text == "/"
            || text
                .strip_prefix('/')
                .is_some_and(|rest| rest.split('/').all(plain))
    },
};

/// A mount option.
pub(crate) const MOUNT_OPTION: Rule = Rule {
    what: "a mount option",
    right: "one option without commas: nodev",
    fits: |text| {
        !text.is_empty()
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_.=:/@".contains(&c))
    },
};

/// An absolute path of a program.
pub(crate) const SHELL: Rule = Rule {
    what: "a shell",
    right: "an absolute path: /bin/bash",
    fits: |text| text.len() > 1 && (MOUNT_POINT.fits)(text),
};

/// A Tang thumbprint (base64url of a SHA-1 or SHA-256 digest).
pub(crate) const THUMBPRINT: Rule = Rule {
    what: "a thumbprint",
    right: "what `tang-show-keys` prints",
    fits: |text| {
        (27..=43).contains(&text.len())
            && text
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
    },
};

/// A public SSH key, as a line of sshd(8)'s authorized_keys.
pub(crate) const SSH_KEY: Rule = Rule {
    what: "a public SSH key",
    right: "one line of a .pub file: ssh-ed25519 AAAA… somebody; options stand before it: \
            from=\"192.0.2.0/24\",no-pty ssh-ed25519 AAAA…",
    fits: super::ssh_key::is_line,
};

/// The full name of somebody.
pub(crate) const LINE: Rule = Rule {
    what: "a full name",
    right: "one line without `:` and `\\`, and no space first or last; apostrophes and quotes may \
            stand in it",
    fits: |text| {
        !text.is_empty()
            && text.trim() == text
            && !text.chars().any(|c| c.is_control() || ":\\".contains(c))
    },
};

impl Rule {
    /// What is wrong with a text, if anything.
    pub(crate) fn check(self, text: &Sourced<String>, problems: &mut Vec<Diagnostic>) {
        if !(self.fits)(&text.value) {
            let message = format!("`{}` is not {}", text.value, self.what);
            problems.push(
                Diagnostic::error(&text.origin, message).hint(format!("write {}", self.right)),
            );
        }
    }

    /// Checks all that is there.
    pub(crate) fn check_all<'a>(
        self,
        texts: impl IntoIterator<Item = &'a Sourced<String>>,
        problems: &mut Vec<Diagnostic>,
    ) {
        for text in texts {
            self.check(text, problems);
        }
    }
}
