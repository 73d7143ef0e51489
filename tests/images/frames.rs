//! Layers are one zstd frame, however large, because some readers stop after the first.

use std::fs;

use serde_json::Value;

use crate::{Case, judge};

#[test]
fn a_layer_is_one_frame() {
    if !judge::is_there("zstd") {
        return;
    }
    let case = Case::new(None);
    // Two layers: one of many small files, one larger than any window or job of the codec.
    let mut noise = Vec::with_capacity(48 << 20);
    let mut seed = 7_u64;
    while noise.len() < 48 << 20 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.extend(seed.to_le_bytes());
    }
    fs::write(case.path("noise"), noise).expect("writable");
    let recipe = "apiVersion: terroir/v1\nname: frames\ntier: universal\nfrom: scratch\nmodules:\n  \
                  - type: files\n    files: [{ source: ../noise, destination: /noise }]\n  \
                  - type: files\n    files: [{ content: x, destination: /etc/x }]\n";
    fs::write(case.path("recipes/frames.yml"), recipe).expect("writable");
    let layout = case.build("frames", "zstd");
    let read = |digest: &Value| {
        let digest = digest.as_str().expect("a digest").replace(':', "/");
        layout.join("blobs").join(digest)
    };
    let json =
        |path| -> Value { serde_json::from_slice(&fs::read(path).expect("a blob")).expect("JSON") };
    let top = json(layout.join("index.json"));
    let index = json(read(&top["manifests"][0]["digest"]));
    let manifest = json(read(&index["manifests"][0]["digest"]));
    let layers = manifest["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 3, "two entries and the record");
    for layer in layers {
        let named = case.path("layer.zst");
        fs::copy(read(&layer["digest"]), &named).expect("copied");
        let said = judge::run("zstd", &["-l", &named.display().to_string()], b"");
        let said = String::from_utf8(said).expect("text");
        let frames = said.lines().nth(1).expect("a line for the file");
        let frames: Vec<&str> = frames.split_whitespace().take(2).collect();
        assert_eq!(frames, ["1", "0"], "frames and skippable frames: {said}");
    }
}
