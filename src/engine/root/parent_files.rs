//! The files of a parent, each read from its layers once.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::error::Error;
use crate::oci::{BlobSource, Descriptor, Digest, MediaType};
use crate::path::TreePath;
use crate::store::Store;
use crate::tree::{Codec, Entry, EntryKind, LayerWriter, Limits, View, ViewFile, read_layer};

use super::known_file::KnownFile;

/// Largest file that is read from a parent to be edited, in bytes.
const MAX_EDITED: u64 = 8 << 20;

/// The files of a parent's layers; what was read is noted in the store.
#[derive(Clone)]
pub(crate) struct ParentFiles {
    view: View,
    store: Store,
    chain: Digest,
}

/// What is noted of a file; its bytes follow after a newline.
#[derive(Serialize, Deserialize)]
struct Note {
    /// Permission bits, user and group; none when there is no such file.
    meta: Option<(u32, u32, u32)>,
    /// Extended attributes.
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl fmt::Debug for ParentFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParentFiles").field(&self.chain).finish()
    }
}

impl ParentFiles {
    /// The files of some layers, the lowest first.
    pub(in crate::engine) fn new(
        layers: Vec<Descriptor>,
        source: Arc<dyn BlobSource>,
        store: &Store,
    ) -> Self {
        let names: Vec<String> = layers
            .iter()
            .map(|layer| layer.digest().to_string())
            .collect();
        let chain = Digest::of(names.join("\n").as_bytes());
        Self {
            view: View::new(layers, source),
            store: store.clone(),
            chain,
        }
    }

    /// Reads a file by its path without links in it.
    pub(in crate::engine) fn read(&self, path: &TreePath) -> Result<Option<KnownFile>, Error> {
        let key = Digest::of(format!("{}\n{path}", self.chain).as_bytes());
        if let Some(known) = self
            .store
            .note("files", &key)?
            .and_then(|bytes| parse(&bytes))
        {
            return Ok(known);
        }
        let mut found = self.view.read(std::slice::from_ref(path), MAX_EDITED)?;
        let known = found.remove(path).map(KnownFile::from);
        self.store
            .put_note("files", &key, &to_bytes(known.as_ref()))?;
        Ok(known)
    }

    /// Reads the files below a folder, directories and symbolic links left out; none when it holds
    /// too much to be repeated.
    pub(in crate::engine) fn below(
        &self,
        folder: &TreePath,
    ) -> Result<Option<Vec<ViewFile>>, Error> {
        let key = Digest::of(format!("{}\n{folder}/", self.chain).as_bytes());
        if let Some(noted) = self.store.note("files", &key)?
            && let Ok(files) = parse_folder(&noted)
        {
            return Ok(files);
        }
        let files = self.view.below(folder)?;
        let noted = folder_to_bytes(files.as_deref())?;
        self.store.put_note("files", &key, &noted)?;
        Ok(files)
    }
}

/// A folder as it is noted: nothing when it is too large, else an archive.
fn folder_to_bytes(files: Option<&[ViewFile]>) -> Result<Vec<u8>, Error> {
    let Some(files) = files else {
        return Ok(Vec::new());
    };
    let mut writer = LayerWriter::new(Vec::new(), Codec::Zstd)?;
    for file in files {
        writer.append(&file.entry, &mut file.bytes.as_slice())?;
    }
    Ok(writer.finish()?.0)
}

fn parse_folder(bytes: &[u8]) -> Result<Option<Vec<ViewFile>>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let mut files = Vec::new();
    let mut visit = |entry: Entry, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        if matches!(entry.kind, EntryKind::File { .. }) {
            let reading = |source| crate::tree::Error::io("reading a noted folder", source);
            content.read_to_end(&mut bytes).map_err(reading)?;
        }
        files.push(ViewFile { entry, bytes });
        Ok(ControlFlow::Continue(()))
    };
    read_layer(
        bytes,
        &MediaType::ImageLayerZstd,
        &Limits::default(),
        &mut visit,
    )?;
    Ok(Some(files))
}

fn to_bytes(file: Option<&KnownFile>) -> Vec<u8> {
    let note = Note {
        meta: file.map(|file| (file.mode, file.uid, file.gid)),
        xattrs: file
            .map(|file| file.xattrs.clone().into_iter().collect())
            .unwrap_or_default(),
    };
    let mut bytes = crate::oci::sorted_json(&note);
    bytes.push(b'\n');
    bytes.extend_from_slice(file.map(|file| file.bytes.as_ref()).unwrap_or_default());
    bytes
}

fn parse(bytes: &[u8]) -> Option<Option<KnownFile>> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let note: Note = serde_json::from_slice(bytes.get(..end)?).ok()?;
    let content = bytes.get(end + 1..)?;
    Some(note.meta.map(|(mode, uid, gid)| KnownFile {
        bytes: content.into(),
        mode,
        uid,
        gid,
        xattrs: note.xattrs.into_iter().collect::<BTreeMap<_, _>>(),
    }))
}
