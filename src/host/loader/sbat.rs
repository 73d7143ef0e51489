//! What EFI programs say of themselves: their names, generations and versions (SBAT.md of shim).

/// The components that an EFI program consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Components(Vec<Component>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Component {
    name: String,
    generation: u32,
    version: String,
}

impl Components {
    /// Those of a program; none where it says nothing.
    pub(super) fn of(program: &[u8]) -> Self {
        let text = section(program, ".sbat").unwrap_or_default();
        Self::read(&String::from_utf8_lossy(text))
    }

    fn read(text: &str) -> Self {
        let lines = text.trim_end_matches('\0').lines();
        let component = |line: &str| {
            let mut fields = line.split(',');
            let name = fields.next()?.to_owned();
            let generation = fields.next()?.trim().parse().ok()?;
            let version = fields.nth(2).unwrap_or_default().to_owned();
            Some(Component {
                name,
                generation,
                version,
            })
        };
        Self(lines.filter_map(component).collect())
    }

    /// The version of the program as its distribution counts it: that of the last component, which is
    /// the closest to the package.
    pub(super) fn version(&self) -> Option<&str> {
        let last = self.0.iter().rfind(|one| one.name != "sbat")?;
        Some(last.version.as_str()).filter(|version| !version.is_empty())
    }

    /// The first component whose generation is lower than a level demands.
    fn refused(&self, level: &Self) -> Option<&str> {
        let below = |one: &&Component| {
            let least = level.0.iter().find(|least| least.name == one.name);
            least.is_some_and(|least| one.generation < least.generation)
        };
        self.0.iter().find(below).map(|one| one.name.as_str())
    }
}

/// The level that a shim writes into the firmware when it starts, by its own choice.
fn automatic_level(shim: &[u8]) -> Option<Components> {
    let section = section(shim, ".sbatlevel")?;
    let number = |at: usize| {
        let bytes = section.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    // The version of the table, then where the two texts begin, counted from here.
    let texts = section.get(4..)?;
    let start = usize::try_from(number(4)?).ok()?;
    let text = texts.get(start..)?;
    let end = text.iter().position(|byte| *byte == 0)?;
    let text = text.get(..end).filter(|_| number(0) == Some(0))?;
    Some(Components::read(&String::from_utf8_lossy(text)))
}

/// The component for which the firmware would refuse programs of now once a new shim has started.
pub(super) fn revoked_by(new_shim: &[u8], programs: &[&[u8]]) -> Option<String> {
    let level = automatic_level(new_shim)?;
    programs.iter().find_map(|program| {
        let components = Components::of(program);
        components.refused(&level).map(str::to_owned)
    })
}

/// A section of an EFI program (PE/COFF), as long as its content.
fn section<'a>(program: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let half = |at: usize| {
        let bytes = program.get(at..at.checked_add(2)?)?;
        Some(usize::from(u16::from_le_bytes(bytes.try_into().ok()?)))
    };
    let word = |at| word(program, at);
    let header = word(0x3c)?;
    if program.get(..2)? != b"MZ" || program.get(header..header.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    let (count, optional) = (half(header + 6)?, half(header + 20)?);
    let table = header + 24 + optional;
    (0..count).find_map(|index| {
        let row = table + index * 40;
        let named = program.get(row..row + 8)?;
        let named = match named.first() {
            // A name of more than eight bytes lies in the table of texts.
            Some(b'/') => long_name(program, header, named)?,
            _ => named,
        };
        let end = named.iter().position(|byte| *byte == 0);
        if named.get(..end.unwrap_or(named.len()))? != name.as_bytes() {
            return None;
        }
        let (virtual_size, size, start) = (word(row + 8)?, word(row + 16)?, word(row + 20)?);
        program.get(start..start.checked_add(size.min(virtual_size.max(1)))?)
    })
}

/// A number of four bytes.
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn long_name<'a>(program: &'a [u8], header: usize, named: &[u8]) -> Option<&'a [u8]> {
    let word = |at| word(program, at);
    let (symbols, count) = (word(header + 12)?, word(header + 16)?);
    let texts = symbols.checked_add(count.checked_mul(18)?)?;
    let digits = std::str::from_utf8(named.get(1..)?).ok()?;
    let at: usize = digits.trim_end_matches('\0').parse().ok()?;
    let start = texts.checked_add(at)?;
    let rest = program.get(start..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    rest.get(..end)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An EFI program of two sections, as far as these are read.
    pub(in crate::host::loader) fn program(sbat: &str, level: Option<&str>) -> Vec<u8> {
        let mut sections = vec![(*b".sbat\0\0\0", sbat.as_bytes().to_vec())];
        let mut texts = Vec::new();
        if let Some(level) = level {
            let mut table = [0_u32, 8, 0].map(u32::to_le_bytes).concat();
            table.extend(level.as_bytes());
            table.push(0);
            sections.push((*b"/4\0\0\0\0\0\0", table));
            texts = b"\x10\0\0\0.sbatlevel\0".to_vec();
        }
        let mut bytes = vec![0; 0x40];
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes.extend(b"PE\0\0\x64\x86");
        bytes.extend((sections.len() as u16).to_le_bytes());
        bytes.extend([0; 16]);
        let mut start = bytes.len() + sections.len() * 40;
        let contents: usize = sections.iter().map(|(_, content)| content.len()).sum();
        bytes[0x4c..0x50].copy_from_slice(&((start + contents) as u32).to_le_bytes());
        for (name, content) in &sections {
            bytes.extend(name);
            let size = (content.len() as u32).to_le_bytes();
            bytes.extend([size, [0; 4], size, (start as u32).to_le_bytes()].concat());
            bytes.extend([0; 16]);
            start += content.len();
        }
        for (_, content) in sections {
            bytes.extend(content);
        }
        bytes.extend(texts);
        bytes
    }

    const GRUB: &str = "sbat,1,SBAT Version,sbat,1,https://x\ngrub,4,FSF,grub,2.06,https://x\n\
                        grub.debian,4,Debian,grub2,2.06-13+deb12u1,https://x\n";
    const SHIM: &str = "sbat,1,SBAT Version,sbat,1,https://x\nshim,4,UEFI shim,shim,1,https://x\n\
                        shim.debian,1,Debian,shim,16.1,https://x\n";

    #[test]
    fn programs_say_their_version_and_what_they_revoke() {
        let grub = program(GRUB, None);
        let shim = program(SHIM, Some("sbat,1,2025021800\nshim,4\ngrub,5\n"));
        assert_eq!(Components::of(&grub).version(), Some("2.06-13+deb12u1"));
        assert_eq!(Components::of(&shim).version(), Some("16.1"));
        assert_eq!(revoked_by(&shim, &[&shim]), None);
        assert_eq!(revoked_by(&shim, &[&shim, &grub]).as_deref(), Some("grub"));
        let mild = program(SHIM, Some("sbat,1,2024010100\nshim,4\ngrub,4\n"));
        assert_eq!(revoked_by(&mild, &[&shim, &grub]), None);
        assert_eq!(revoked_by(&grub, &[&grub]), None, "it is no shim");
    }

    #[test]
    fn nothing_is_read_from_what_is_cut_off() {
        let whole = program(SHIM, Some("sbat,1,2025021800\nshim,4\n"));
        for length in 0..whole.len() {
            let cut = whole.get(..length).unwrap_or_default();
            let _ = (Components::of(cut), automatic_level(cut));
        }
        assert_eq!(Components::of(b"MZ").version(), None);
    }

    #[test]
    fn the_programs_of_this_machine_say_what_objcopy_finds() {
        let place = std::path::Path::new("/usr/lib/shim/shimx64.efi.signed");
        let Ok(bytes) = std::fs::read(place) else {
            return;
        };
        assert!(Components::of(&bytes).version().is_some());
        assert!(automatic_level(&bytes).is_some_and(|level| level.0.len() > 1));
    }
}
