//! A tiny distribution of rpm's family: packages, a repository, and a root in which dnf works.
//!
//! It needs no archive of such a distribution. Its one big package, `fake-os`, is made of the
//! programs of the Debian machine that runs the tests: busybox for a shell and the usual tools, and
//! rpm, python3 and dnf with the libraries that they load.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::judge;

/// The programs that make all this.
pub(crate) const PROGRAMS: [&str; 5] = ["rpmbuild", "createrepo_c", "dnf", "busybox", "dpkg-query"];

/// Where the repository is in a root of the distribution.
pub(crate) const REPOSITORY: &str = "/srv/repository";

/// Where rpm keeps its database.
const MACROS: &str = "%_dbpath /var/lib/rpm";

/// A package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rpm {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its version.
    pub(crate) version: &'static str,
    /// Tags of its spec: `Requires: other`, `Recommends: more`.
    pub(crate) tags: &'static [&'static str],
    /// Files with their texts.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// What its installation runs.
    pub(crate) post: &'static str,
}

impl Rpm {
    /// Builds it into a folder.
    pub(crate) fn build(&self, into: &Path) {
        let tree = tempfile::tempdir().expect("a folder");
        for (path, text) in self.files {
            let file = tree.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(file.parent().expect("below the tree")).expect("folders");
            fs::write(file, text).expect("writes");
        }
        let files: Vec<&str> = self.files.iter().map(|(path, _)| *path).collect();
        let head = format!(
            "Name: {}\nVersion: {}\n{}",
            self.name,
            self.version,
            self.tags.join("\n")
        );
        let post = match self.post {
            "" => String::new(),
            post => format!("%post\n{post}\n"),
        };
        pack(
            &head,
            &format!("{post}%files\n{}\n", files.join("\n")),
            tree.path(),
            into,
        );
    }
}

/// Packs a tree as it stands.
fn pack(head: &str, tail: &str, tree: &Path, into: &Path) {
    let work = tempfile::tempdir().expect("a folder");
    let spec = work.path().join("package.spec");
    let text = format!(
        "%global __os_install_post %{{nil}}\n%global debug_package %{{nil}}\n{head}\nRelease: 1\n\
         Summary: A package of a test\nLicense: Apache-2.0\nBuildArch: noarch\nAutoReqProv: no\n\n\
         %description\nA package of a test.\n\n%install\ncp -a {}/. %{{buildroot}}\n\n{tail}",
        tree.display()
    );
    fs::write(&spec, text).expect("writes");
    let define = |name: &str, value: &str| ["--define".to_owned(), format!("{name} {value}")];
    let mut words = vec!["-bb".to_owned()];
    words.extend(define("_topdir", &work.path().display().to_string()));
    words.extend(define("_rpmdir", &into.display().to_string()));
    words.extend(define("_rpmfilename", "%%{NAME}-%%{VERSION}.rpm"));
    words.extend(define("_binary_payload", "w1.gzdio"));
    words.extend(define("_binaries_in_noarch_packages_terminate_build", "0"));
    words.push(spec.display().to_string());
    judge::run("rpmbuild", &words, b"");
}

/// Indexes a folder of packages.
pub(crate) fn index(folder: &Path) {
    judge::run("createrepo_c", &["--quiet", path(folder)], b"");
}

/// Builds `fake-os`: os-release, shell, tools, rpm and dnf.
pub(crate) fn operating_system(into: &Path) {
    let tree = tempfile::tempdir().expect("a folder");
    let tree = tree.path();
    for (link, target) in [
        ("bin", "usr/bin"),
        ("sbin", "usr/sbin"),
        ("lib", "usr/lib"),
        ("lib64", "usr/lib64"),
    ] {
        fs::create_dir_all(tree.join(target)).expect("folders");
        symlink(target, tree.join(link)).expect("a link");
    }
    for folder in [
        "etc/yum.repos.d",
        "root",
        "tmp",
        "proc",
        "dev",
        "sys",
        "run",
        "var/cache",
        "var/log",
        "var/lib/rpm",
    ] {
        fs::create_dir_all(tree.join(folder)).expect("folders");
    }
    for (file, text) in [
        (
            "etc/os-release",
            "NAME=Fake\nID=fake\nID_LIKE=\"fedora\"\nVERSION_ID=42\n",
        ),
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("etc/rpm/macros", MACROS),
        ("etc/group", "root:x:0:\n"),
        (
            "etc/dnf/dnf.conf",
            "[main]\ngpgcheck=0\nreposdir=/etc/yum.repos.d\n",
        ),
    ] {
        let file = tree.join(file);
        fs::create_dir_all(file.parent().expect("below the tree")).expect("folders");
        fs::write(file, text).expect("writes");
    }
    tools(tree);
    for file in files_of_dnf() {
        copy(&file, tree);
    }
    pack(
        "Name: fake-os\nVersion: 42\nProvides: system-release = 42\nProvides: /bin/sh",
        "%files\n/*\n",
        tree,
        into,
    );
}

/// busybox, and a link for each of its tools.
fn tools(tree: &Path) {
    let busybox = tree.join("usr/bin/busybox");
    fs::copy("/bin/busybox", &busybox).expect("busybox is there");
    let listed = judge::run("busybox", &["--list"], b"");
    for tool in String::from_utf8_lossy(&listed).lines() {
        // rpm's own programs come from the machine.
        if !["busybox", "rpm", "rpm2cpio", "dpkg"].contains(&tool) {
            symlink("busybox", tree.join("usr/bin").join(tool)).expect("a link");
        }
    }
}

/// The files of rpm, python3 and dnf on this machine, and the libraries that they load.
fn files_of_dnf() -> BTreeSet<PathBuf> {
    let python = fs::canonicalize("/usr/bin/python3").expect("python3 is there");
    let python = python
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let mut packages = [
        "dnf",
        "python3-dnf",
        "python3-hawkey",
        "python3-libdnf",
        "python3-libcomps",
        "python3-rpm",
        "python3-gpg",
        "rpm",
        "rpm-common",
        "python3-minimal",
    ]
    .map(str::to_owned)
    .to_vec();
    packages.extend([
        format!("{python}-minimal"),
        format!("lib{python}-minimal"),
        format!("lib{python}-stdlib"),
    ]);
    let mut words = vec!["-L".to_owned()];
    words.extend(packages);
    let listed = judge::run("dpkg-query", &words, b"");
    let mut files = BTreeSet::new();
    for line in String::from_utf8_lossy(&listed).lines() {
        let unwanted = [
            "/usr/share/man",
            "/usr/share/doc",
            "/usr/share/locale",
            "/usr/share/lintian",
            "/etc/dnf/dnf.conf",
        ];
        let file = PathBuf::from(line);
        let there = file.is_symlink() || file.is_file();
        if there && !unwanted.iter().any(|folder| line.starts_with(folder)) {
            files.insert(file);
        }
    }
    let loaded: BTreeSet<PathBuf> = files
        .iter()
        .filter(|file| is_program(file))
        .flat_map(|file| libraries(file))
        .collect();
    files.extend(loaded);
    files
}

fn is_program(file: &Path) -> bool {
    let mut start = [0; 4];
    let read =
        fs::File::open(file).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    read.is_ok() && start == *b"\x7fELF"
}

/// The libraries that a program loads, as the loader finds them.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let listed = judge::run("sh", &["-c", "ldd \"$1\" || :", "sh", path(program)], b"");
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let words = listed
        .split_whitespace()
        .filter(|word| word.starts_with('/'));
    words
        .map(PathBuf::from)
        .filter(|file| file.is_file())
        .collect()
}

/// Copies a file of this machine to its place in a tree; libraries as what their links lead to.
fn copy(file: &Path, tree: &Path) {
    let name = path(file).trim_start_matches('/');
    let merged = ["bin/", "sbin/", "lib/", "lib64/"]
        .iter()
        .any(|top| name.starts_with(top));
    let place = match merged {
        true => tree.join("usr").join(name),
        false => tree.join(name),
    };
    fs::create_dir_all(place.parent().expect("below the tree")).expect("folders");
    if place.symlink_metadata().is_ok() {
        fs::remove_file(&place).expect("a file of busybox");
    }
    match fs::read_link(file) {
        Ok(target) if !name.contains(".so") => symlink(target, &place).expect("a link"),
        _ => drop(fs::copy(file, &place).expect("a file of this machine")),
    }
}

/// Installs packages of a repository into a new root, and lets the root take more from there.
pub(crate) fn bootstrap(repository: &Path, root: &Path, packages: &[&str]) {
    fs::create_dir_all(root).expect("a folder");
    let empty = tempfile::tempdir().expect("a folder");
    // Debian's rpm keeps its database in the home of the user.
    fs::write(empty.path().join(".rpmmacros"), format!("{MACROS}\n")).expect("writes");
    let mut words = vec![
        format!("HOME={}", empty.path().display()),
        "dnf".to_owned(),
        format!("--installroot={}", root.display()),
        format!("--repofrompath=own,file://{}", repository.display()),
        format!("--setopt=reposdir={}", empty.path().display()),
        format!("--setopt=cachedir={}", empty.path().display()),
    ];
    let options = [
        "--repo=own",
        "--releasever=42",
        "--nogpgcheck",
        "--noplugins",
        "-y",
        "--quiet",
        "install",
    ];
    words.extend(
        options
            .iter()
            .chain(packages)
            .map(|word| (*word).to_owned()),
    );
    judge::run("env", &words, b"");
    // What dnf leaves there is of the moment, and no part of an image.
    let _ = fs::remove_dir_all(root.join("tmp"));
    fs::create_dir_all(root.join("tmp")).expect("a folder");
    let inside = root.join(REPOSITORY.trim_start_matches('/'));
    fs::create_dir_all(&inside).expect("a folder");
    for entry in fs::read_dir(repository).expect("a folder") {
        let file = entry.expect("readable").path();
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if file.is_file() && !name.starts_with("fake-os-") {
            fs::copy(&file, inside.join(&name)).expect("copies");
        }
    }
    index(&inside);
    let repo = format!("[own]\nname=own\nbaseurl=file://{REPOSITORY}\ngpgcheck=0\nenabled=1\n");
    fs::write(root.join("etc/yum.repos.d/own.repo"), repo).expect("writes");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path of a test is text")
}
