//! Builds without buildah: every kind of isolation, and what commands leave behind.

use std::path::Path;

use crate::bench::Bench;
use crate::row::{Row, row};

/// Rows that must give the same result with every kind of isolation.
const EVERYWHERE: [&str; 19] = [
    "add/tar",
    "add/xz",
    "copy/into-folder-made-by-run",
    "everywhere/root-without-programs",
    "everywhere/user",
    "from/file-into-folder",
    "from/folder",
    "scratch/add",
    "scratch/dev-shm",
    "scratch/from",
    "scratch/heredoc",
    "scratch/into-folder-made-by-run",
    "scratch/removed-and-a-file",
    "scratch/run",
    "scratch/tmp",
    "scratch/var-run",
    "scratch/workdir",
    "scratch/workdir-next-entry",
    "scratch/workdir-run",
];

/// Builds rows in every kind of isolation and says what differs.
pub(crate) fn isolations(bench: &Bench, rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in EVERYWHERE {
        let row = rows.iter().find(|row| row.name == name);
        let row = row.expect("a row of the tables");
        let built = |isolation: &str| {
            let more = [format!("--isolation={isolation}")];
            bench.ours_with(row, &bench.context(row), &[more[0].as_str()])
        };
        let usual = built("namespaces");
        let mut others = vec!["chroot"];
        // With one id, a command cannot change owners, and sees no other owner.
        if !["chown", "%u"].iter().any(|word| row.text().contains(word)) {
            others.push("single-id");
        }
        for other in others {
            let found = built(other);
            match (&usual, &found) {
                (Ok(usual), Ok(found)) if usual == found => {}
                (Err(said), _) | (_, Err(said)) => wrong.push(format!("{name} {other}: {said}")),
                (Ok(usual), Ok(found)) => {
                    let differs = |path: &&String| usual.0.get(*path) != found.0.get(*path);
                    let paths = usual.0.keys().chain(found.0.keys());
                    let paths: Vec<_> = paths.filter(differs).collect();
                    wrong.push(format!("{name} {other} differs: {paths:?}"));
                }
            }
        }
    }
    wrong
}

/// What becomes of files at places where commands only leave what is of the moment: instructions, a
/// path, what is there in the end, and what is said of it.
const LEFT: [(&str, &str, Option<&str>, &str); 12] = [
    (
        "RUN ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf",
        "etc/resolv.conf",
        Some("-> ../run/systemd/resolve/stub-resolv.conf"),
        "",
    ),
    (
        "RUN echo nameserver 192.0.2.1 > /etc/resolv.conf",
        "etc/resolv.conf",
        Some("nameserver 192.0.2.1\n"),
        "",
    ),
    (
        "RUN echo host > /etc/hostname",
        "etc/hostname",
        Some("host\n"),
        "",
    ),
    (
        "RUN echo host > /etc/hostname\n---\nRUN echo more >> /etc/hostname",
        "etc/hostname",
        Some("host\nmore\n"),
        "",
    ),
    (
        "RUN true\nCOPY one /etc/hostname\nRUN true",
        "etc/hostname",
        Some("one\n"),
        "",
    ),
    (
        "RUN mkdir -p /var/log; echo s > /var/log/app.seed",
        "var/log/app.seed",
        None,
        "/var/log/app.seed is not in the image",
    ),
    (
        "RUN mkdir -p /var/log/n; ln -s /dev/stdout /var/log/n/access.log",
        "var/log/n/access.log",
        Some("-> /dev/stdout"),
        "",
    ),
    (
        "RUN mkdir -p /var/log/apt; echo s > /var/log/apt/term.log",
        "var/log/apt/term.log",
        None,
        "",
    ),
    (
        "RUN echo s > /var/tmp/left",
        "var/tmp/left",
        None,
        "/var/tmp/left is not in the image",
    ),
    (
        "COPY one /var/tmp/one\nRUN true",
        "var/tmp/one",
        Some("one\n"),
        "",
    ),
    (
        "COPY --from=b /var/x /var/log/x",
        "var/log/x",
        Some("x\n"),
        "",
    ),
    (
        "RUN echo 0123 > /etc/machine-id",
        "etc/machine-id",
        Some(""),
        "",
    ),
];

/// Builds what leaves something behind and says what is not as it should be.
pub(crate) fn left(bench: &Bench) -> Vec<String> {
    let mut wrong = Vec::new();
    for (instructions, path, there, says) in LEFT {
        let row = row("copy/left", "bb", instructions).stage("b", "base", "RUN echo x > /var/x");
        match bench.ours_unpacked(&row, &bench.context(&row)) {
            Err(said) => wrong.push(format!("{instructions}: {said}")),
            Ok((root, said)) => {
                let found = shown(&root.join(path));
                let warned = match says {
                    "" => !said.contains("is not in the image"),
                    words => said.contains(words),
                };
                if found.as_deref() != there || !warned {
                    wrong.push(format!("{instructions}: {found:?} {said}"));
                }
            }
        }
    }
    wrong
}

/// What a file holds or a link says.
fn shown(path: &Path) -> Option<String> {
    match std::fs::read_link(path) {
        Ok(target) => Some(format!("-> {}", target.display())),
        Err(_) => std::fs::read_to_string(path).ok(),
    }
}
