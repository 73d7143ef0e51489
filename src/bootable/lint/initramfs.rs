//! The names in an initramfs: archives of cpio, one behind the other, each plain or compressed.
//!
//! The format is the kernel's, Documentation/driver-api/early-userspace/buffer-format.rst.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};

use super::print::{Print, may_be_copied};
use crate::path::TreePath;

/// Most bytes of all archives of one initramfs, uncompressed.
const MAX_BYTES: u64 = 2 << 30;
/// Most memory that a part in xz may ask for, in KiB; the kernel's own takes 64 MiB.
const MAX_DICTIONARY: u32 = 256 << 10;
/// Longest name, in bytes.
const MAX_NAME: u64 = 4096;
/// Largest text that is kept, in bytes.
const MAX_TEXT: u64 = 64 << 10;
/// Texts that are kept: what is configured outside, and copied in.
const KEPT: [&str; 4] = [
    "usr/lib/ostree/prepare-root.conf",
    "etc/ostree/prepare-root.conf",
    "usr/lib/composefs/setup-root-conf.toml",
    "etc/composefs/setup-root-conf.toml",
];
/// Folders of which texts are kept, too.
const FOLDERS: [&str; 4] = [
    "etc/modprobe.d/",
    "etc/modules-load.d/",
    "usr/lib/modprobe.d/",
    "usr/lib/modules-load.d/",
];
/// Programs that make the root of a deployment, find it on logical volumes, or open or encrypt one;
/// libraries have a version behind their name.
const PROGRAMS: [&str; 14] = [
    "ostree-prepare-root",
    "initramfs-setup",
    "systemd-cryptsetup",
    "libcryptsetup-token-systemd-tpm2.so",
    "libtss2-esys.so",
    "libcryptsetup-token-systemd-fido2.so",
    "libfido2.so",
    "clevis-decrypt-tang",
    "curl",
    "cryptsetup",
    "systemd-cryptenroll",
    "systemd-creds",
    "terroir-encrypt-root",
    LVM,
];

/// The program of LVM2.
pub(super) const LVM: &str = "lvm";

/// What is in an initramfs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Initramfs {
    /// Kernel modules by name, as modules.builtin writes names.
    pub(super) modules: BTreeSet<String>,
    /// The versions of kernels that it has modules of.
    pub(super) versions: BTreeSet<String>,
    /// Those of [`PROGRAMS`] that are in it.
    pub(super) programs: BTreeSet<&'static str>,
    /// Texts that are copied in, by absolute path.
    pub(super) texts: BTreeMap<String, Vec<u8>>,
    /// Programs, libraries, kernel modules and firmware that are copied in, by absolute path.
    pub(super) copies: BTreeMap<TreePath, Print>,
    /// Why the rest of it is not known.
    pub(super) problem: Option<String>,
}

/// Tells whether an initramfs lies at a path.
pub(super) fn is_initramfs(path: &TreePath) -> bool {
    let path = path.to_string();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        ["usr", "lib", "modules", _, "initramfs.img" | "initramfs"] => true,
        ["boot", name] => ["initrd", "initramfs-"]
            .iter()
            .any(|one| name.starts_with(one)),
        _ => false,
    }
}

/// The name of a module's file as modules are called: without folder and endings.
pub(super) fn module_name(file: &str) -> Option<String> {
    let name = file.rsplit('/').next()?;
    let (name, end) = name.split_once(".ko")?;
    matches!(end, "" | ".xz" | ".zst" | ".gz").then(|| name.replace('-', "_"))
}

impl Initramfs {
    /// Reads an initramfs as far as it can be read.
    pub(super) fn read(content: &mut dyn Read) -> Self {
        let mut read = Self::default();
        let mut input = BufReader::with_capacity(1 << 16, content);
        let mut left = MAX_BYTES;
        if let Err(error) = read.archives(&mut input, (&mut left, 0)) {
            read.problem = Some(error.to_string());
        }
        read
    }

    fn archives(
        &mut self,
        input: &mut dyn BufRead,
        (left, depth): (&mut u64, u32),
    ) -> io::Result<()> {
        loop {
            let Some(start) = start(input)? else {
                return Ok(());
            };
            match start {
                [b'0', b'7', b'0', b'7', b'0', b'1' | b'2'] => self.cpio(input, left)?,
                [0x1f, 0x8b, ..] if depth == 0 => {
                    let member = flate2::bufread::GzDecoder::new(start.chain(&mut *input));
                    self.inner(member, left)?;
                }
                _ if depth > 0 => return Err(wrong("what is compressed in it is no archive")),
                [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                    let whole = start.chain(input);
                    let frames = zstd::stream::read::Decoder::with_buffer(whole)?;
                    return self.inner(frames, left);
                }
                [0xfd, b'7', b'z', b'X', b'Z', 0] => {
                    let blocks = lzma_rust2::XzReader::new_mem_limit(
                        start.chain(input),
                        true,
                        MAX_DICTIONARY,
                    );
                    return self.inner(blocks, left);
                }
                [b'B', b'Z', b'h', ..] => {
                    let blocks = bzip2::bufread::MultiBzDecoder::new(start.chain(input));
                    return self.inner(blocks, left);
                }
                other => return Err(unknown(&other)),
            }
        }
    }

    /// Reads what a compressed part holds, to its end.
    fn inner(&mut self, part: impl Read, left: &mut u64) -> io::Result<()> {
        // Zeros between archives count for nothing else.
        let mut part = BufReader::with_capacity(1 << 16, part.take(MAX_BYTES));
        self.archives(&mut part, (left, 1))
    }

    /// Reads one archive, of which the magic number of the first entry is gone.
    fn cpio(&mut self, input: &mut dyn BufRead, left: &mut u64) -> io::Result<()> {
        let mut is_first = true;
        loop {
            if !is_first {
                let mut magic = [0; 6];
                input.read_exact(&mut magic)?;
                if !magic.starts_with(b"07070") {
                    return Err(wrong("an entry has no header"));
                }
            }
            is_first = false;
            let mut header = [0; 104];
            input.read_exact(&mut header)?;
            let field = |index: usize| -> io::Result<u64> {
                let digits = header.get(index * 8..index * 8 + 8).unwrap_or_default();
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                u64::from_str_radix(digits, 16).map_err(|_| wrong("a header has no numbers"))
            };
            let (mode, size, length) = (field(1)?, field(6)?, field(11)?);
            if length == 0 || length > MAX_NAME {
                return Err(wrong("a name is too long"));
            }
            let whole = size + length + 128;
            *left = left
                .checked_sub(whole)
                .ok_or_else(|| wrong("it is larger than any initramfs"))?;
            let name = exactly(input, length)?;
            skip(input, (110 + length).next_multiple_of(4) - 110 - length)?;
            let name = String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or(&[]));
            if name == "TRAILER!!!" {
                return Ok(());
            }
            let name = name.trim_start_matches("./").trim_start_matches('/');
            let is_text =
                KEPT.contains(&name) || FOLDERS.iter().any(|folder| name.starts_with(folder));
            let is_file = mode >> 12 == 0o10 && size > 0;
            let path = TreePath::parse(&format!("/{name}")).ok();
            let copied = path.filter(|path| is_file && may_be_copied(path));
            match copied {
                _ if is_text && is_file && size <= MAX_TEXT => {
                    let text = exactly(input, size)?;
                    self.texts.insert(format!("/{name}"), text);
                }
                Some(path) => {
                    let mut content = input.take(size);
                    let print = Print::read(&mut content)?;
                    if content.limit() > 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    self.copies.extend(print.map(|print| (path, print)));
                }
                None => skip(input, size)?,
            }
            skip(input, size.next_multiple_of(4) - size)?;
            self.name(name);
        }
    }

    fn name(&mut self, name: &str) {
        if let Some((_, below)) = name.split_once("lib/modules/") {
            let (version, file) = below.split_once('/').unwrap_or((below, ""));
            self.versions.insert(version.to_owned());
            self.modules.extend(module_name(file));
        }
        let file = name.rsplit('/').next().unwrap_or_default();
        let is = |one: &str| {
            let rest = file.strip_prefix(one);
            rest.is_some_and(|rest| {
                rest.is_empty() || one.ends_with(".so") && rest.starts_with('.')
            })
        };
        let program = PROGRAMS.into_iter().find(|one| is(one));
        self.programs.extend(program);
    }
}

/// Passes zeros over, and takes the six bytes behind them; none at the end.
fn start(input: &mut dyn BufRead) -> io::Result<Option<[u8; 6]>> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let zeros = buffer.iter().take_while(|byte| **byte == 0).count();
        let is_all = zeros == buffer.len();
        input.consume(zeros);
        if !is_all {
            break;
        }
    }
    let mut start = [0; 6];
    input.read_exact(&mut start)?;
    Ok(Some(start))
}

fn exactly(input: &mut dyn BufRead, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(count).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == count {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn skip(input: &mut dyn BufRead, count: u64) -> io::Result<()> {
    match io::copy(&mut input.take(count), &mut io::sink())? == count {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn unknown(start: &[u8; 6]) -> io::Error {
    let name = match start {
        [0x02, 0x21, 0x4c, 0x18, ..] | [0x04, 0x22, 0x4d, 0x18, ..] => "lz4",
        [0x5d, 0, 0, ..] => "lzma",
        [0x89, b'L', b'Z', b'O', ..] => "lzo",
        _ => return wrong("it is no archive of cpio"),
    };
    wrong(&format!("terroir does not read {name}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn cpio(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, mode, content) in entries.iter().chain(&[("TRAILER!!!", 0, &[][..])]) {
            let numbers = [
                1,
                *mode,
                0,
                0,
                1,
                0,
                u32::try_from(content.len()).unwrap(),
                0,
                0,
                0,
                0,
                u32::try_from(name.len()).unwrap() + 1,
                0,
            ];
            out.extend(b"070701");
            for number in numbers {
                out.extend(format!("{number:08X}").bytes());
            }
            out.extend(name.bytes());
            out.push(0);
            out.resize(out.len().next_multiple_of(4), 0);
            out.extend(*content);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out.resize(out.len().next_multiple_of(512), 0);
        out
    }

    #[test]
    fn archives_are_read_however_they_are_compressed() {
        let early = cpio(&[("kernel/x86/microcode/GenuineIntel.bin", 0o100_644, &[7; 9])]);
        let main = cpio(&[
            (
                "usr/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz",
                0o100_644,
                b"x",
            ),
            (
                "./usr/lib/ostree/prepare-root.conf",
                0o100_644,
                b"[sysroot]\n",
            ),
            ("usr/lib/ostree/ostree-prepare-root", 0o100_755, &[1; 5000]),
        ]);
        let gzip = |bytes: &[u8]| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let whole = [
            main.clone(),
            [early.clone(), main.clone()].concat(),
            [early.clone(), gzip(&main)].concat(),
            [gzip(&early), gzip(&main), vec![0; 100]].concat(),
            [early.clone(), zstd::bulk::compress(&main, 3).unwrap()].concat(),
        ];
        for bytes in whole {
            let read = Initramfs::read(&mut bytes.as_slice());
            assert_eq!(read.problem, None);
            assert_eq!(read.modules, BTreeSet::from(["ext4".to_owned()]));
            assert_eq!(read.versions, BTreeSet::from(["6.1".to_owned()]));
            assert_eq!(read.programs, BTreeSet::from(["ostree-prepare-root"]));
            let text = &read.texts["/usr/lib/ostree/prepare-root.conf"];
            assert_eq!(text, b"[sysroot]\n");
            // Cut anywhere, it ends with a reason, and not with a panic.
            for part in [7, 100, 300, bytes.len() / 2] {
                let cut = bytes.get(..part).unwrap();
                Initramfs::read(&mut { cut });
            }
        }
        let lz4 = [early, vec![2, 0x21, 0x4c, 0x18, 0, 0, 0, 0]].concat();
        let problem = Initramfs::read(&mut lz4.as_slice()).problem;
        assert_eq!(problem.as_deref(), Some("terroir does not read lz4"));
    }
}
