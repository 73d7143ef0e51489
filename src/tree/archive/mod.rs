//! Layers as tar archives: headers, records, reading and writing.

mod codec;
mod header;
mod member;
mod pax;
mod plain;
mod reader;
mod writer;

pub use codec::Codec;
#[cfg(test)]
pub(super) use header::encode;
pub use plain::PlainWriter;
pub use reader::{Limits, Visit, read_layer};
pub(super) use reader::{read_archive, starts_archive};
pub use writer::{LayerWriter, Packed};
