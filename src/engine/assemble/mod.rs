//! From layers to the documents of an image: record, config, manifest and index.

mod image;
mod image_config;
mod record;

pub use image::Provenance;

pub(in crate::engine) use image::{
    Line, assemble_config, assemble_image, assemble_platform_image, config_document,
};
pub(in crate::engine) use record::{known_record_layer, record, record_layer};
