//! Sites as OCI artifacts: through registries, read by programs of others, hostile ones refused.

use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use terroir::kickstart::{
    ARTIFACT_TYPE, ArtifactError, Content, File, artifact_files, site_artifact,
};
use terroir::oci::{
    Digest, Document, Image, MediaType, PlatformImage, descriptor, manifest, sorted_json,
};
use terroir::registry::{Push, Reference, Registry, Settings};
use terroir::store::{Store, export_layout};

use crate::site;
use crate::support::registry::{Faults, TestRegistry};
use crate::support::registry_real::{have, judge};

fn store(folder: &Path) -> Store {
    Store::open(&folder.join("store")).expect("a store")
}

#[test]
fn a_site_goes_through_a_registry_and_comes_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = site::paris();
    let here = store(folder.path());
    let image = site_artifact(&files, "paris", &here).expect("an artifact");
    let other = Store::open(&folder.path().join("other")).expect("a store");
    let again = site_artifact(&site::paris(), "paris", &other).expect("an artifact");
    assert_eq!(
        image.root.bytes, again.root.bytes,
        "the same files, the same bytes"
    );

    let server = TestRegistry::start(Faults::default());
    let registry = Registry::new(Settings {
        certificate_directories: Vec::new(),
        ..Settings::default()
    });
    let target =
        Reference::parse(&format!("{}/os/paris:1", server.address())).expect("a reference");
    let push = Push {
        target: &target,
        tags: &[],
        image: &image,
        source: &here,
        mount_from: &[],
    };
    registry.push(&push, &|_| {}).expect("it is pushed");
    let root = registry.resolve(&target).expect("it is there");
    let blobs = registry.blobs(&target);
    let pulled = Image::load(&blobs, &root).expect("it is read");
    assert_eq!(artifact_files(&pulled, &blobs).expect("a site"), files);
}

#[test]
fn programs_of_others_read_a_site() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = store(folder.path());
    let files = site::paris();
    let image = site_artifact(&files, "paris", &here).expect("an artifact");
    let layout = folder.path().join("layout");
    export_layout(&image, &here, &layout, "1").expect("a layout");
    let name = format!("oci:{}:1", layout.display());
    if have("skopeo") {
        let raw = judge("skopeo", &["inspect", "--raw", &name]).stdout;
        assert_eq!(raw, image.root.bytes);
        let copy = format!("oci:{}:1", folder.path().join("copy").display());
        let copied = judge("skopeo", &["copy", "--preserve-digests", &name, &copy]);
        assert!(copied.status.success(), "{copied:?}");
    }
    // What `oras pull` does: unpack the layer into a folder.
    let layer = &image.platforms[0].manifest.layers()[0];
    let blob = layout.join("blobs/sha256").join(layer.digest().digest());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).expect("a folder");
    let words = [
        "-xzf",
        &blob.display().to_string(),
        "-C",
        &out.display().to_string(),
    ];
    let unpacked = judge("tar", &words);
    assert!(unpacked.status.success(), "{unpacked:?}");
    for (path, file) in &files {
        let read = std::fs::read(out.join(path)).expect("it was unpacked");
        assert_eq!(read, file.content.bytes(), "{path}");
    }
}

#[test]
fn secrets_are_not_pushed() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = store(folder.path());
    let hash = format!("root:$6$salt${}", "a".repeat(86));
    let cases = [
        ("http/secrets/web1/registry", "whatever", 0o644),
        ("http/hosts/web1/kickstart.ks", "all right", 0o600),
        ("http/hosts/web1/kickstart.ks", &hash, 0o644),
        ("a.pem", "-----BEGIN PRIVATE KEY-----", 0o644),
    ];
    for (path, text, mode) in cases {
        let mut files = site::paris();
        let place = terroir::kickstart::RelativePath::new(path).expect("a path");
        let content = Content::Text(text.to_owned());
        files.insert(place, File { content, mode });
        let error = site_artifact(&files, "paris", &here).expect_err(path);
        assert!(
            matches!(error, ArtifactError::Secret { .. }),
            "{path}: {error}"
        );
    }
}

/// An artifact around a layer that somebody made up.
fn artifact_of(here: &Store, kind: &str, layer: &[u8]) -> Image {
    let layer = here
        .put_document(MediaType::ImageLayerGzip, layer)
        .expect("kept");
    let config = here
        .put_document(MediaType::EmptyJSON, b"{}")
        .expect("kept");
    let mut manifest = manifest(config, vec![layer], []);
    manifest.set_artifact_type(Some(MediaType::Other(kind.to_owned())));
    let bytes = sorted_json(&manifest);
    let descriptor = descriptor(
        MediaType::ImageManifest,
        &Digest::of(&bytes),
        bytes.len() as u64,
    );
    let document = Document { descriptor, bytes };
    Image {
        root: document.clone(),
        platforms: vec![PlatformImage::new(document, manifest)],
    }
}

/// A compressed archive with one entry, or the same one several times.
fn archive(name: &str, kind: tar::EntryType, times: usize) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for _ in 0..times {
        let mut header = tar::Header::new_ustar();
        // The crate's own functions refuse such names.
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o644);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").expect("a name");
        }
        let content: &[u8] = if kind.is_file() { b"text" } else { b"" };
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).expect("appended");
    }
    builder
        .into_inner()
        .expect("an archive")
        .finish()
        .expect("compressed")
}

#[test]
fn hostile_artifacts_are_refused() {
    use tar::EntryType;
    let folder = tempfile::tempdir().expect("a folder");
    let here = store(folder.path());
    let cases = [
        ("../escape", EntryType::Regular, 1, "leads elsewhere"),
        ("a/../../escape", EntryType::Regular, 1, "leads elsewhere"),
        ("/etc/cron.d/own", EntryType::Regular, 1, "is absolute"),
        ("a//b", EntryType::Regular, 1, "leads elsewhere"),
        ("a\\b", EntryType::Regular, 1, "leads elsewhere"),
        ("..", EntryType::Directory, 1, "leads elsewhere"),
        ("link", EntryType::Symlink, 1, "is not a regular file"),
        ("link", EntryType::Link, 1, "is not a regular file"),
        ("device", EntryType::Char, 1, "is not a regular file"),
        ("pipe", EntryType::Fifo, 1, "is not a regular file"),
        ("twice", EntryType::Regular, 2, "is there twice"),
    ];
    for (name, kind, times, expected) in cases {
        let image = artifact_of(&here, ARTIFACT_TYPE, &archive(name, kind, times));
        let error = artifact_files(&image, &here).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    let plain = archive("site.json", EntryType::Regular, 1);
    let image = artifact_of(&here, ARTIFACT_TYPE, &plain);
    assert_eq!(artifact_files(&image, &here).expect("a site").len(), 1);
    let image = artifact_of(&here, "application/vnd.acme.other", &plain);
    let error = artifact_files(&image, &here)
        .expect_err("another kind")
        .to_string();
    assert!(error.contains("application/vnd.acme.other"), "{error}");
    // A blob that is not what its digest says.
    let image = artifact_of(
        &here,
        ARTIFACT_TYPE,
        &archive("damaged", EntryType::Regular, 1),
    );
    let layer = &image.platforms[0].manifest.layers()[0];
    let digest: Digest = layer.digest().to_string().parse().expect("a digest");
    let place = here.blob(&digest);
    let mut bytes = std::fs::read(&place).expect("a blob");
    let last = bytes.len() - 6;
    bytes[last] ^= 1;
    std::fs::remove_file(&place).expect("removed");
    std::fs::File::create(&place)
        .and_then(|mut file| file.write_all(&bytes))
        .expect("damaged");
    assert!(artifact_files(&image, &here).is_err());
}
