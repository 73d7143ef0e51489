//! Roots that umoci packs, compared by find and by dpkg-query.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::judge;
use crate::workspace::Workspace;

/// The first root.
const FIRST: &str = "
set -e
mkdir -p etc usr/bin usr/share/doc var/lib/dpkg/info
printf 'ID=debian\\nVERSION_ID=\"12\"\\n' > etc/os-release
echo one > etc/stays; echo one > etc/content; echo one > etc/mode; echo one > etc/owner
echo gone > etc/gone; ln -s content etc/link; ln -s content etc/becomes-file
mkdir etc/folder etc/opaque; echo a > etc/folder/a; echo b > etc/opaque/b
echo two > usr/bin/two; ln usr/bin/two usr/bin/alias
mkfifo usr/share/pipe
cat > var/lib/dpkg/status <<END
Package: hello
Status: install ok installed
Architecture: amd64
Maintainer: somebody
Version: 2.10-3

Package: removed
Status: install ok installed
Architecture: all
Maintainer: somebody
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Maintainer: somebody
Version: 2.36-9

END
";

/// What happens to it.
const SECOND: &str = "
set -e
echo two2 > etc/content; chmod 0600 etc/mode; chown 12:34 etc/owner; rm etc/gone
ln -sfn mode etc/link; rm etc/becomes-file; echo file > etc/becomes-file
rm -r etc/folder; rm etc/opaque/b; echo c > etc/opaque/c
echo other > usr/bin/alias; chmod 4755 usr/bin/two
mkdir usr/share/new; echo n > 'usr/share/new/with space'; rm usr/share/pipe
chmod 0700 usr/share/doc
sed -i 's/2.10-3/2.10-3+deb12u1/; s/2.36-9/2.36-8/' var/lib/dpkg/status
sed -i '/^Package: removed/,/^$/d' var/lib/dpkg/status
printf 'Package: fresh\\nStatus: install ok installed\\nArchitecture: all\\n' >> var/lib/dpkg/status
printf 'Maintainer: somebody\\nVersion: 1:0~rc1\\n\\n' >> var/lib/dpkg/status
printf 'Package: halved\\nStatus: deinstall ok config-files\\nArchitecture: all\\n' >> var/lib/dpkg/status
printf 'Maintainer: somebody\\nVersion: 9\\n\\n' >> var/lib/dpkg/status
";

/// Every path of a root as find and sha256sum see it.
fn seen(root: &Path) -> BTreeMap<String, String> {
    let script = "cd \"$1\" && find . -mindepth 1 -printf '%P\\t%y %m %U:%G %l\\n' && echo == && \
                  find . -type f -exec sha256sum {} +";
    let root = root.display().to_string();
    let said = judge::run("sh", &["-c", script, "sh", &root], b"");
    let said = String::from_utf8(said).expect("text");
    let (paths, sums) = said.split_once("==\n").expect("two lists");
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for line in paths.lines() {
        let (path, facts) = line.split_once('\t').expect("two words");
        // A link has no mode of its own.
        let facts = facts.replace("l 777", "l");
        all.insert(format!("/{path}"), facts);
    }
    for line in sums.lines() {
        let (sum, path) = line.split_once("  ./").expect("two words");
        let facts = all.get_mut(&format!("/{path}")).expect("find saw it");
        facts.push_str(sum);
    }
    all
}

/// What differs, as direction and path.
fn differences(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let found = names.into_iter().filter_map(|name| {
        let direction = match (old.get(name), new.get(name)) {
            (was, is) if was == is => return None,
            (None, _) => "new",
            (_, None) => "gone",
            _ => "changed",
        };
        Some((direction.to_owned(), name.clone()))
    });
    found.collect()
}

/// The packages of a root as dpkg-query lists them, those alone that are installed.
fn packages(root: &Path) -> BTreeMap<String, String> {
    let database = format!("--admindir={}", root.join("var/lib/dpkg").display());
    let format = "-f=${db:Status-Status} ${Package} ${Version}\\n";
    let said = judge::run("dpkg-query", &[&database, "-W", format], b"");
    let said = String::from_utf8(said).expect("text");
    let lines = said
        .lines()
        .filter_map(|line| line.strip_prefix("installed "));
    let pair = |line: &str| {
        let (name, version) = line.split_once(' ').expect("two words");
        (name.to_owned(), version.to_owned())
    };
    lines.map(pair).collect()
}

/// An image of two tags that umoci packs, and the roots of both.
fn packed(workspace: &Workspace) {
    let script = format!(
        "set -e; cd \"$1\"; umoci init --layout image; umoci new --image image:empty\n\
         umoci unpack --image image:empty one\n(cd one/rootfs\n{FIRST})\n\
         umoci repack --image image:old one\n\
         umoci unpack --image image:old two\ncp -a two/rootfs before\n(cd two/rootfs\n{SECOND})\n\
         umoci repack --image image:new two\n"
    );
    let place = workspace.path("").display().to_string();
    judge::run("bash", &["-c", &script, "bash", &place], b"");
}

#[test]
fn files_and_packages_differ_as_find_and_dpkg_see_them() {
    let programs = ["umoci", "find", "dpkg-query"];
    if !programs.iter().all(|program| judge::is_there(program)) || !judge::is_root() {
        return;
    }
    let workspace = Workspace::new();
    packed(&workspace);
    let (before, after) = (workspace.path("before"), workspace.path("two/rootfs"));
    let files = differences(&seen(&before), &seen(&after));
    assert!(files.len() >= 17, "{files:?}");
    let mut versions = differences(&packages(&before), &packages(&after));
    let expected = ["fresh", "hello", "libc6", "removed"];
    assert!(
        versions.iter().map(|(_, name)| name).eq(expected),
        "{versions:?}"
    );
    // Which version is newer, dpkg says.
    for (direction, name) in &mut versions {
        if direction == "changed" {
            let version = |root: &Path| packages(root)[name.as_str()].clone();
            let script = "dpkg --compare-versions \"$1\" lt \"$2\" && echo up || echo down";
            let said = judge::run(
                "sh",
                &["-c", script, "sh", &version(&before), &version(&after)],
                b"",
            );
            *direction = String::from_utf8(said).expect("text").trim().to_owned();
        }
    }
    let folders = [before, after].map(|root| format!("dir:{}", root.display()));
    let images = ["oci:../image:old", "oci:../image:new"].map(str::to_owned);
    for [old, new] in [images, folders] {
        let overview = crate::compared(&workspace, &[&old, &new], 1);
        assert_eq!(crate::changes(&overview, "files", "path"), files, "{old}");
        assert_eq!(
            crate::changes(&overview, "packages", "name"),
            versions,
            "{old}"
        );
    }
}
