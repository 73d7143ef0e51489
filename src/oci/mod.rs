//! The OCI image format, without any I/O: digests, descriptors, manifests and the traits that move blobs.

mod blob;
mod digest;
mod document;
mod image;

pub use blob::{BlobError, BlobSink, BlobSource, MAX_DOCUMENT};
pub use digest::{Digest, DigestError, Hasher};
pub use document::{
    DocumentError, EMPTY_CONFIG, REF_NAME, config_type, descriptor, empty_config, index,
    layer_type, manifest, parse_index, parse_manifest, parse_platform, platform_name, sorted_json,
    usual_platform,
};
pub use image::{Document, Image, PlatformImage, config_platform, is_index, serves};
pub use oci_spec::image::{Descriptor, ImageIndex, ImageManifest, MediaType, Platform};
