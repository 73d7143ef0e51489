//! Other registries and clients.

use std::fs;

use crate::support::registry::faults;
use crate::support::registry_image::{image, layer};
use crate::support::registry_real::{Locks, RealRegistry, have, judge};
use tempfile::TempDir;
use terroir::oci::Digest;
use terroir::registry::{Error, Registry, Settings};

use crate::{assert_pulls, known, parent_layers, push, quick, with_parent};

#[test]
fn the_strict_registry_is_strict() {
    let (registry, _, (flavour, _)) = with_parent();
    let quirky = faults(|f| f.resolves_digest_tags = true);
    registry.become_faulty(quirky);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = registry.address();
    let http = reqwest::Client::new();
    let uploads = format!("http://{address}/v2/os/x/blobs/uploads/");
    runtime.block_on(async {
        let begun = http.post(&uploads).send().await.unwrap();
        let location = begun.headers()["location"].to_str().unwrap().to_owned();
        let chunk = |range: &'static str| {
            http.patch(&location)
                .header("Content-Range", range)
                .body("abc")
                .send()
        };
        let mut seen = Vec::new();
        for range in ["3-5", "0-2", "0-2", "3-5"] {
            seen.push(chunk(range).await.unwrap().status().as_u16());
        }
        assert_eq!(seen, [416, 202, 416, 202]);
        let referrers = format!(
            "http://{address}/v2/os/base/referrers/{}",
            flavour.root.descriptor.digest()
        );
        let page = http.get(referrers).send().await.unwrap();
        assert_eq!(page.status(), 404);
        assert_eq!(page.headers()["content-type"], "text/html");
    });
    // Another client uploads in chunks and reads it back.
    let config = oci_client::client::ClientConfig {
        protocol: oci_client::client::ClientProtocol::Http,
        ..Default::default()
    };
    let client = oci_client::Client::new(config);
    let (host, data) = (address.clone(), layer(77, 9_000_000));
    let digest = Digest::of(&data).to_string();
    let place = oci_client::Reference::with_tag(host, "os/x".into(), "1".into());
    runtime.block_on(async {
        client
            .push_blob(&place, data.clone(), &digest)
            .await
            .unwrap();
        let mut read = Vec::new();
        client
            .pull_blob(&place, digest.as_str(), &mut read)
            .await
            .unwrap();
        assert_eq!(read, data);
    });
    assert!(registry.count("PATCH ") >= 3);
    // GitLab's registry answers such a tag with the manifest itself.
    let client = Registry::new(quick());
    let base = registry.reference("os/base:1");
    let root = client.resolve(&base).unwrap();
    let quirk = base
        .with_tag(&root.digest().to_string().replace(':', "-"))
        .unwrap();
    assert_eq!(client.resolve(&quirk).unwrap().digest(), root.digest());
}

#[test]
fn the_real_registry_and_skopeo_agree() {
    if !have("docker-registry") || !have("skopeo") {
        return;
    }
    let registry = RealRegistry::start(Locks::default());
    let client = Registry::new(quick());
    let (parent, parent_blobs) = image(&parent_layers());
    let base = registry.reference("os/base:1");
    push(&client, &base, (&parent, &parent_blobs), &[]).unwrap();
    let mut layers = parent_layers();
    layers.push(layer(10, 2_000_000));
    let (flavour, blobs) = image(&layers);
    let target = registry.reference("os/flavour:12");
    let pushed = push(
        &client,
        &target,
        (&flavour, &blobs),
        std::slice::from_ref(&base),
    )
    .unwrap();
    assert_eq!((pushed.mounted, pushed.uploaded), (6, 2));
    assert_pulls(&client, &target, &flavour, &blobs);
    assert_eq!(client.tags(&target).unwrap(), ["12"]);

    let address = format!("docker://{target}");
    let raw = judge(
        "skopeo",
        &["inspect", "--raw", "--tls-verify=false", &address],
    );
    assert_eq!(raw.stdout, flavour.root.bytes);
    let shown = judge("skopeo", &["inspect", "--tls-verify=false", &address]);
    let said = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success(), "{said}");
    let folder = TempDir::new().unwrap();
    let layout = format!("oci:{}:12", folder.path().display());
    let copied = judge(
        "skopeo",
        &[
            "copy",
            "--all",
            "--src-tls-verify=false",
            "--preserve-digests",
            &address,
            &layout,
        ],
    );
    assert!(
        copied.status.success(),
        "{}",
        String::from_utf8_lossy(&copied.stderr)
    );
    for (digest, bytes) in &blobs.blobs {
        let file = folder
            .path()
            .join("blobs/sha256")
            .join(digest.trim_start_matches("sha256:"));
        assert_eq!(&fs::read(file).unwrap(), bytes);
    }
}

#[test]
fn the_real_registry_with_certificate_and_password() {
    if !have("docker-registry") || !have("openssl") {
        return;
    }
    let registry = RealRegistry::start(Locks {
        tls: true,
        password: true,
    });
    let target = registry.reference("os/flavour:1");
    let (flavour, blobs) = image(&[layer(1, 50_000)]);
    let known = known(target.registry());
    let directory = TempDir::new().unwrap();
    let of_host = directory.path().join(target.registry());
    fs::create_dir(&of_host).unwrap();
    fs::copy(registry.authority(), of_host.join("ca.crt")).unwrap();

    let stranger = Registry::new(known.clone());
    let error = push(&stranger, &target, (&flavour, &blobs), &[]).unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error}");
    assert!(error.hint().unwrap().contains(target.registry()), "{error}");
    let ways = [
        Settings {
            authorities: vec![registry.authority()],
            ..known.clone()
        },
        Settings {
            certificate_directories: vec![directory.path().to_owned()],
            ..known.clone()
        },
    ];
    for settings in ways {
        let nobody = Registry::new(Settings {
            logins: Vec::new(),
            ..settings.clone()
        });
        let error = push(&nobody, &target, (&flavour, &blobs), &[]).unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        let client = Registry::new(settings);
        push(&client, &target, (&flavour, &blobs), &[]).unwrap();
        assert_pulls(&client, &target, &flavour, &blobs);
    }
    let broken = Settings {
        authorities: vec![directory.path().join("absent.crt")],
        ..known
    };
    let error = Registry::new(broken).resolve(&target).unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error}");
}
