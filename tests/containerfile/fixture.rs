//! Files that the rows of COPY and ADD have in their context, and the layers that they start from.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

/// What the rows copy from: `two`, links, `tree`, `dots`, `ignored`, and archives.
pub(crate) fn write(context: &Path) {
    for (path, content) in [
        ("two", "two\n"),
        ("run.sh", "#!/bin/sh\necho ran > /etc/ran\n"),
        ("tree/sub/deep/f", "f\n"),
        ("tree/data/.keep", ""),
        ("tree/top", "top\n"),
        ("only/there", "file\n"),
        ("over/file/in", "in\n"),
        ("with space/a b", "ab\n"),
        ("globs/a1.txt", "a1\n"),
        ("globs/a2.txt", "a2\n"),
        ("globs/b1.conf", "b1\n"),
        ("globs/[x]", "bracket\n"),
        ("globs/x", "x\n"),
        ("globs/in1/one.d", "1\n"),
        ("globs/in2/two.d", "2\n"),
        ("dots/.hidden", "h\n"),
        ("dots/.d/x", "x\n"),
        ("dots/seen", "s\n"),
    ] {
        let file = context.join(path);
        fs::create_dir_all(file.parent().expect("below the context")).expect("made");
        fs::write(&file, content).expect("written");
    }
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(context.join("run.sh"), executable).expect("changed");
    fs::create_dir(context.join("tree/empty")).expect("made");
    fs::create_dir(context.join("nothing")).expect("made");
    for (target, link) in [
        ("two", "link"),
        ("tree", "treelink"),
        ("sub", "tree/inner"),
        ("nowhere", "tree/broken"),
    ] {
        symlink(target, context.join(link)).expect("linked");
    }
    archives(context);
}

/// The members of the archives: owners, modes, links of both kinds, attributes.
fn members() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let folder = tar::EntryType::Directory;
    let file = tar::EntryType::Regular;
    for (path, kind, mode, (uid, gid), content) in [
        ("./", folder, 0o711, (5, 6), ""),
        ("./bin/", folder, 0o755, (0, 0), ""),
        ("./bin/a", file, 0o644, (7, 8), "a\n"),
        ("./d/", folder, 0o2770, (1000, 50), ""),
        ("./d/s", file, 0o4755, (0, 50), "s\n"),
        ("./d/sticky/", folder, 0o1777, (0, 0), ""),
        ("./d/open", file, 0o666, (30_000, 0), "o\n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(uid);
        header.set_gid(gid);
        header.set_size(content.len() as u64);
        archive
            .append_data(&mut header, path, content.as_bytes())
            .expect("in memory");
    }
    // cap_net_raw=ep, as linux/capability.h has it, and a note.
    let capability = [
        1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let records: [(&str, &[u8]); 2] = [
        ("SCHILY.xattr.security.capability", &capability),
        ("SCHILY.xattr.user.note", b"hi"),
    ];
    archive.append_pax_extensions(records).expect("in memory");
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(2);
    archive
        .append_data(&mut header, "./cap", b"c\n".as_slice())
        .expect("in memory");
    for (kind, path, target) in [
        (tar::EntryType::Link, "./bin/b", "./bin/a"),
        (tar::EntryType::Symlink, "./sl", "d"),
        (tar::EntryType::Symlink, "./out", "/etc"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        // A hard link repeats the metadata of its file.
        let (mode, uid, gid) = match kind {
            tar::EntryType::Link => (0o644, 7, 8),
            _ => (0o777, 0, 0),
        };
        header.set_mode(mode);
        header.set_uid(uid);
        header.set_gid(gid);
        header.set_size(0);
        archive
            .append_link(&mut header, path, target)
            .expect("in memory");
    }
    archive.into_inner().expect("in memory")
}

fn archives(context: &Path) {
    let plain = members();
    let put = |name: &str, bytes: &[u8]| fs::write(context.join(name), bytes).expect("written");
    put("a.tar", &plain);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&plain).expect("in memory");
    let gzip = gzip.finish().expect("in memory");
    put("a.tar.gz", &gzip);
    put("unnamed.bin", &gzip);
    put(
        "a.tar.zst",
        &zstd::encode_all(plain.as_slice(), 3).expect("in memory"),
    );
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(&plain).expect("in memory");
    put("a.tar.bz2", &bzip2.finish().expect("in memory"));
    if crate::judge::is_there("xz") {
        put("a.tar.xz", &crate::judge::run("xz", &["-c"], &plain));
    }
    put("fake.tar.gz", b"no archive\n");
    let mut alone = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    alone.write_all(b"one file\n").expect("in memory");
    put("file.gz", &alone.finish().expect("in memory"));
}
