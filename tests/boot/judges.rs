//! What other programs say of the configurations.

use std::path::Path;

use crate::folder::{text, write};
use crate::judge::{is_there, run};
use crate::site::paris;

/// Runs a program on each file of the rendered site that it can check.
fn judge(program: &str, before: &[&str], fits: fn(&str) -> bool) {
    if !is_there(program) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let files = paris();
    write(&files, folder.path());
    let mut judged = 0;
    for path in files.keys().filter(|path| fits(path.as_str())) {
        let place = folder.path().join(path);
        let mut arguments: Vec<String> = before.iter().map(|word| (*word).to_owned()).collect();
        let last = arguments.pop().unwrap_or_default();
        arguments.push(format!("{last}{}", place.display()));
        run(program, &arguments, b"");
        judged += 1;
    }
    assert!(judged > 0, "{program} judged nothing");
}

#[test]
fn dnsmasq_takes_both_configurations() {
    judge("dnsmasq", &["--test", "--conf-file="], |path| {
        path.starts_with("dhcp/dnsmasq")
    });
}

#[test]
fn kea_takes_its_configuration() {
    judge("kea-dhcp4", &["-t", ""], |path| {
        path.starts_with("dhcp/kea")
    });
}

#[test]
fn grub_takes_every_configuration() {
    judge("grub-script-check", &[""], |path| {
        path.contains("/grub.cfg")
    });
}

#[test]
fn shells_take_the_script_that_fetches() {
    judge("shellcheck", &["--shell=dash", ""], |path| {
        path == "fetch.sh"
    });
}

#[test]
fn needed_files_are_fetched_from_where_they_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("from");
    std::fs::create_dir_all(&from).expect("a folder");
    let mut files = paris();
    let script = files
        .iter_mut()
        .find(|(path, _)| path.as_str() == "fetch.sh")
        .map(|(_, file)| file)
        .expect("there is a script");
    // Every source becomes a file of this folder, so nothing is downloaded.
    let mut lines = Vec::new();
    for line in std::str::from_utf8(script.content.bytes())
        .expect("a text")
        .lines()
    {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["take", file, source, ..] if !source.starts_with("http/") => {
                let name = file.replace('/', "_");
                std::fs::write(from.join(&name), file).expect("a source");
                lines.push(format!(
                    "take {file} /nowhere {}",
                    from.join(&name).display()
                ));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    script.content = terroir::kickstart::Content::Text(lines.join("\n"));
    write(&files, folder.path());
    let needed = terroir::kickstart::needed_files(text(&files, "needed.json")).expect("a list");
    let script = folder.path().join("fetch.sh").display().to_string();
    for round in 0..2 {
        run("sh", &[&script], b"");
        for file in &needed {
            let place: &Path = &folder.path().join(&file.path);
            let there = std::fs::read_to_string(place).expect("it was fetched");
            let own = there.split_once('/').map(|(_, rest)| rest);
            let asked = file.path.split_once('/').map(|(_, rest)| rest);
            assert_eq!(own, asked, "round {round}");
        }
    }
}
