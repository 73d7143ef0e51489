//! Whether iPXE can fetch from a web server with TLS.

use serde_json::Value;

use super::rendered::Rendered;
use super::report::{Finding, Row};

/// The path of iPXE for UEFI.
const IPXE: &str = "http/ipxe.efi";

/// Looks whether iPXE can fetch what the site's URL promises. An iPXE that can has the word in it.
pub(in crate::kickstart) fn https(rendered: &Rendered) -> Option<Row> {
    let server = rendered.index.get("server").and_then(Value::as_str)?;
    if !server.starts_with("https://") {
        return None;
    }
    let mut row = Row {
        check: "iPXE and https".to_owned(),
        looked_at: 0,
        skipped: None,
        findings: Vec::new(),
    };
    match std::fs::read(rendered.folder.join(IPXE)) {
        Err(_) => {
            row.skipped = Some(format!(
                "there is no {IPXE}; Debian 12's iPXE has no HTTPS, Debian 13's has"
            ));
        }
        Ok(bytes) => {
            row.looked_at = 1;
            if !bytes.windows(5).any(|word| word == b"https") {
                row.findings.push(Finding {
                    file: IPXE.to_owned(),
                    line: 0,
                    message: format!(
                        "this iPXE has no HTTPS and fetches nothing from {server}: take one that \
                         has it, such as Debian 13's, or serve by http"
                    ),
                });
            }
        }
    }
    Some(row)
}
