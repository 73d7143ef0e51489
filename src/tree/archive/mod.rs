//! Layers as tar archives: headers, records, reading and writing.

pub(super) mod codec;
pub(super) mod header;
pub(super) mod member;
pub(super) mod pax;
pub(super) mod reader;
pub(super) mod writer;
