//! Tells the program the digest of its sources, by which it knows what an earlier one of it computed.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

/// What the program is made of.
const SOURCES: [&str; 5] = [
    "Cargo.lock",
    "Cargo.toml",
    "kickstart/templates",
    "layers",
    "src",
];

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
        find(Path::new(source), &mut files);
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        hasher.write(file.as_os_str().as_encoded_bytes());
        hasher.write_u8(0);
        let bytes = fs::read(&file).unwrap_or_default();
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    println!("cargo:rustc-env=TERROIR_SOURCES={:016x}", hasher.finish());
}

/// The files below a path.
fn find(path: &Path, files: &mut Vec<PathBuf>) {
    match fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries.flatten() {
                find(&entry.path(), files);
            }
        }
        Err(_) => files.push(path.to_path_buf()),
    }
}
