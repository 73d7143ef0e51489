//! Instructions that change the configuration of the image.

use serde_json::json;

use super::compiled;

#[test]
fn the_configuration_of_the_image_is_changed() {
    let text = "ENTRYPOINT [\"/bin/a\", \"b\"]\nCMD run it\nEXPOSE 80 53/UDP 7000-7002\nVOLUME [\"/data\"]\nVOLUME /x /y\nSTOPSIGNAL SIGTERM\nHEALTHCHECK --interval=1m30s --retries=3 CMD curl x\nMAINTAINER me";
    let all = compiled(text);
    assert_eq!(
        serde_json::to_value(&all.config).expect("JSON"),
        json!({
            "environment": {}, "labels": {}, "user": null, "directory": null,
            "entrypoint": ["/bin/a", "b"], "command": ["/bin/sh", "-c", "run it"],
            "ports": ["53/udp", "7000-7002/tcp", "80/tcp"], "volumes": ["/data", "/x", "/y"],
            "stopSignal": "SIGTERM", "author": "me",
            "healthcheck": {"test": ["CMD-SHELL", "curl x"], "interval": 90_000_000_000_u64,
                "timeout": null, "startPeriod": null, "startInterval": null, "retries": 3},
        })
    );
    assert!(all.actions.is_empty());
    assert_eq!(all.warnings.len(), 1);
}
