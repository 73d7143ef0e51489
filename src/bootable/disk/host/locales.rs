//! The locales that an image has, as its C library finds them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::bootable::disk::error::Error;
use crate::bootable::disk::parts::{file, names};

/// Where locales are, one folder each.
const FOLDER: &str = "/usr/lib/locale";
/// The file that has many of them (glibc, locale/locarchive.h), and its first number.
const ARCHIVE: &str = "/usr/lib/locale/locale-archive";
const MAGIC: u32 = 0xde02_0109;
/// Where the header has the place and the size of the table of names.
const TABLE: u64 = 8;
const TABLE_SIZE: u64 = 16;
/// Bytes of an entry of the table, and the most entries.
const ENTRY: usize = 12;
const MOST: u32 = 1 << 16;
/// Longest name.
const LONGEST: usize = 64;
/// Locales that the C library has without any file.
const BUILT_IN: [&str; 3] = ["C", "POSIX", "C.utf8"];

/// Whether an image has a locale.
pub(super) fn has_locale(system: &Path, name: &str) -> Result<bool, Error> {
    let wanted = normal(name);
    if BUILT_IN.contains(&wanted.as_str()) {
        return Ok(true);
    }
    for folder in names(system, FOLDER)? {
        if normal(&folder) == wanted
            && file(system, &format!("{FOLDER}/{folder}/LC_CTYPE"))?.is_some()
        {
            return Ok(true);
        }
    }
    let Some(archive) = file(system, ARCHIVE)? else {
        return Ok(false);
    };
    let listed = File::open(archive).and_then(|archive| archived(&archive));
    let listed = listed.map_err(Error::io(format!("reading {ARCHIVE} of the image")))?;
    Ok(listed.iter().any(|one| normal(one) == wanted))
}

/// The names in an archive; none in a file that is no archive.
fn archived(archive: &File) -> io::Result<Vec<String>> {
    let number = |at: u64| {
        let mut bytes = [0; 4];
        archive.read_exact_at(&mut bytes, at)?;
        Ok::<_, io::Error>(u32::from_le_bytes(bytes))
    };
    let entries = number(TABLE_SIZE)?;
    if number(0)? != MAGIC || entries > MOST {
        return Ok(Vec::new());
    }
    let mut table = vec![0; ENTRY * entries as usize];
    archive.read_exact_at(&mut table, number(TABLE)?.into())?;
    let mut found = Vec::new();
    for entry in table.chunks_exact(ENTRY) {
        let [_, name, record] = [0, 4, 8].map(|at| {
            let bytes = entry
                .get(at..at + 4)
                .and_then(|bytes| bytes.try_into().ok());
            u32::from_le_bytes(bytes.unwrap_or_default())
        });
        if record == 0 {
            continue;
        }
        let mut bytes = [0; LONGEST];
        let count = archive.read_at(&mut bytes, name.into())?;
        let text = bytes.get(..count).unwrap_or_default();
        let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
        found.push(String::from_utf8_lossy(text).into_owned());
    }
    Ok(found)
}

/// A name as the C library compares it: the code set in lower case, without what is no letter or digit.
fn normal(name: &str) -> String {
    let (name, modifier) = match name.split_once('@') {
        Some((name, modifier)) => (name, format!("@{modifier}")),
        None => (name, String::new()),
    };
    let Some((language, set)) = name.split_once('.') else {
        return format!("{name}{modifier}");
    };
    let set = set.chars().filter(char::is_ascii_alphanumeric);
    let set = set.collect::<String>().to_ascii_lowercase();
    let iso = match set.bytes().all(|byte| byte.is_ascii_digit()) {
        true => "iso",
        false => "",
    };
    format!("{language}.{iso}{set}{modifier}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_the_c_library_does() {
        let rows = [
            ("fr_FR.UTF-8", "fr_FR.utf8"),
            ("C.UTF-8", "C.utf8"),
            ("de_DE.ISO-8859-15@euro", "de_DE.iso885915@euro"),
            ("de_DE@euro", "de_DE@euro"),
            ("en_US", "en_US"),
            ("ru_RU.8859-5", "ru_RU.iso88595"),
        ];
        for (name, expected) in rows {
            assert_eq!(normal(name), expected);
        }
    }
}
