//! The writing of a volume group.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::group::Group;
use super::header::{LABEL_AT, METADATA_AT, METADATA_HEADER, label, metadata};
use super::text::text;

impl Group<'_> {
    /// Writes label and metadata to a disk; the volumes stay as they are.
    pub(in crate::bootable::disk) fn write(&self, disk: &Path) -> io::Result<()> {
        let identifier = self.identifier("physical volume");
        let text = text(self);
        let file = File::options().write(true).open(disk)?;
        let at = |place: u64| self.physical.start + place;
        file.write_all_at(&label(&identifier, self.physical.size), at(LABEL_AT))?;
        file.write_all_at(&metadata(text.as_bytes()), at(METADATA_AT))?;
        file.write_all_at(text.as_bytes(), at(METADATA_AT + METADATA_HEADER))
    }
}
