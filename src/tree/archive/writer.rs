//! The writer of layers: entries in, compressed archive and both digests out.
//!
//! Three threads hand chunks around in a ring: the caller's fills them with archive bytes, one takes
//! the diff ID, one compresses and digests the result. What comes out depends on the entries and
//! the codec alone.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use crate::oci::{Descriptor, Digest, Hasher, descriptor};
use crate::path::TreePath;

use super::codec::Encoder;
use super::header::{BLOCK, encode};
use crate::tree::{Codec, Entry, EntryKind, Error};

/// Size of a chunk, in bytes.
const CHUNK: usize = 1 << 20;
/// Chunks in the ring; together with zstd's own buffers well under 100 MiB.
const CHUNKS: usize = 4;

/// What is known of a layer once it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Digest of the uncompressed archive.
    pub diff_id: Digest,
    /// Digest of the compressed archive.
    pub digest: Digest,
    /// Size of the compressed archive, in bytes.
    pub size: u64,
    /// Size of the uncompressed archive, in bytes.
    pub uncompressed: u64,
    /// How it is compressed.
    pub codec: Codec,
}

impl Packed {
    /// The descriptor that names the layer in a manifest.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        descriptor(self.codec.media_type(), &self.digest, self.size)
    }
}

/// Writes a layer into a sink.
///
/// Dropped before [`LayerWriter::finish`], it leaves a sink that holds no whole layer; the sink is
/// dropped by then.
#[derive(Debug)]
pub struct LayerWriter<W: Write + Send + 'static> {
    chunk: Vec<u8>,
    threads: Option<Threads<W>>,
    codec: Codec,
    last: Option<TreePath>,
    broken: bool,
}

/// The other two ends of the ring.
#[derive(Debug)]
struct Threads<W> {
    full: Sender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    hashing: JoinHandle<Hasher>,
    packing: JoinHandle<io::Result<Output<W>>>,
}

impl<W: Write + Send + 'static> Threads<W> {
    fn start(sink: W, codec: Codec) -> io::Result<Self> {
        let (full, to_hash) = channel();
        let (hashed, to_pack) = channel();
        let (back, empty) = channel();
        for _ in 1..CHUNKS {
            back.send(Vec::new()).expect("its receiver is here");
        }
        let hashing = Builder::new()
            .name("layer-digest".to_owned())
            .spawn(move || hash(&to_hash, &hashed))?;
        let packing = Builder::new()
            .name("layer-codec".to_owned())
            .spawn(move || pack(sink, codec, &to_pack, &back))?;
        Ok(Self {
            full,
            empty,
            hashing,
            packing,
        })
    }

    /// Waits until all that was sent is packed.
    fn end(self) -> (Hasher, io::Result<Output<W>>) {
        drop(self.full);
        (join(self.hashing), join(self.packing))
    }

    /// Lets the threads stop where they are.
    fn abandon(self) -> (Hasher, io::Result<Output<W>>) {
        drop((self.full, self.empty));
        (join(self.hashing), join(self.packing))
    }
}

impl<W: Write + Send + 'static> LayerWriter<W> {
    /// Starts a layer; fails when the system gives no threads.
    pub fn new(sink: W, codec: Codec) -> Result<Self, Error> {
        let threads = Threads::start(sink, codec)
            .map_err(|source| Error::io("starting the threads that pack a layer", source))?;
        Ok(Self {
            chunk: Vec::new(),
            threads: Some(threads),
            codec,
            last: None,
            broken: false,
        })
    }

    /// Adds an entry; `content` is read for files only and must have exactly the stated size.
    ///
    /// Entries come in the order of their paths, each path once. After an error the layer cannot
    /// be finished any more.
    pub fn append(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        if let Some(last) = self.last.as_ref().filter(|last| **last >= entry.path) {
            let why = format!("it comes after {last}, and entries must be sorted");
            let path = entry.path.clone();
            return Err(Error::Entry { path, why });
        }
        let blocks = encode(entry)?;
        self.last = Some(entry.path.clone());
        self.broken = true;
        self.put(&blocks)?;
        if let EntryKind::File { size } = entry.kind {
            self.copy(&entry.path, size, content)?;
            let padding = size.next_multiple_of(BLOCK as u64) - size;
            self.put(&vec![0; usize::try_from(padding).unwrap_or_default()])?;
        }
        self.broken = false;
        Ok(())
    }

    /// Ends the layer and gives the sink back, flushed but not synced.
    pub fn finish(mut self) -> Result<(W, Packed), Error> {
        if self.broken {
            let source = io::Error::other("an entry before could not be written");
            return Err(Error::io("finishing a layer", source));
        }
        self.put(&[0; 2 * BLOCK])?;
        self.send()?;
        let (hasher, output) = match self.threads.take() {
            Some(threads) => threads.end(),
            None => return Err(self.failure()),
        };
        let output = output.map_err(|source| Error::io("writing the layer", source))?;
        let (diff_id, uncompressed) = hasher.finish();
        let (digest, size) = output.hasher.finish();
        let packed = Packed {
            diff_id,
            digest,
            size,
            uncompressed,
            codec: self.codec,
        };
        Ok((output.sink, packed))
    }

    /// Copies a file's content straight into the chunks.
    fn copy(&mut self, path: &TreePath, size: u64, content: &mut dyn Read) -> Result<(), Error> {
        let failed = |source| Error::io(format!("reading {path}"), source);
        let wrong = |found| Error::Size {
            path: path.clone(),
            stated: size,
            found,
        };
        let mut left = size;
        while left > 0 {
            let start = self.chunk.len();
            let room = (CHUNK - start).min(usize::try_from(left).unwrap_or(CHUNK));
            self.chunk.resize(start + room, 0);
            let space = self.chunk.get_mut(start..).unwrap_or_default();
            let count = read_some(content, space).map_err(failed)?;
            self.chunk.truncate(start + count);
            if count == 0 {
                return Err(wrong(size - left));
            }
            left -= count as u64;
            if self.chunk.len() == CHUNK {
                self.send()?;
            }
        }
        if read_some(content, &mut [0]).map_err(failed)? > 0 {
            return Err(wrong(size + 1));
        }
        Ok(())
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == CHUNK {
                self.send()?;
            }
        }
        Ok(())
    }

    /// Hands the chunk on and takes an empty one.
    fn send(&mut self) -> Result<(), Error> {
        let chunk = std::mem::take(&mut self.chunk);
        let empty = self.threads.as_ref().and_then(|threads| {
            threads.full.send(chunk).ok()?;
            threads.empty.recv().ok()
        });
        self.chunk = empty.ok_or_else(|| self.failure())?;
        Ok(())
    }

    /// Why the packing thread is gone.
    fn failure(&mut self) -> Error {
        self.broken = true;
        let source = match self.threads.take().map(Threads::abandon) {
            Some((_, Err(source))) => source,
            _ => io::Error::other("the layer failed before"),
        };
        Error::io("writing the layer", source)
    }
}

impl<W: Write + Send + 'static> Drop for LayerWriter<W> {
    fn drop(&mut self) {
        self.threads.take().map(Threads::abandon);
    }
}

/// Reads once, again after an interruption.
fn read_some(content: &mut dyn Read, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match content.read(space) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Waits for a thread; a panic in it goes on here.
fn join<T>(thread: JoinHandle<T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn hash(chunks: &Receiver<Vec<u8>>, on: &Sender<Vec<u8>>) -> Hasher {
    let mut hasher = Hasher::default();
    for chunk in chunks {
        hasher
            .write_all(&chunk)
            .expect("a hasher takes whatever it is given");
        if on.send(chunk).is_err() {
            break;
        }
    }
    hasher
}

fn pack<W: Write>(
    sink: W,
    codec: Codec,
    chunks: &Receiver<Vec<u8>>,
    back: &Sender<Vec<u8>>,
) -> io::Result<Output<W>> {
    let hasher = Hasher::default();
    let mut encoder = Encoder::new(Output { sink, hasher }, codec)?;
    for mut chunk in chunks {
        encoder.write_all(&chunk)?;
        chunk.clear();
        // The caller may have dropped the writer; then nobody wants the layer.
        if back.send(chunk).is_err() {
            return Err(io::Error::other("the layer was abandoned"));
        }
    }
    let mut output = encoder.finish()?;
    output.sink.flush()?;
    Ok(output)
}

/// The sink with the digest of what went into it.
#[derive(Debug)]
struct Output<W> {
    sink: W,
    hasher: Hasher,
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(bytes)?;
        self.hasher
            .write_all(bytes.get(..count).unwrap_or_default())?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
