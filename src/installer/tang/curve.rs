//! Public keys on the curve P-521, as JSON Web Keys have them (RFC 7518, section 6.2).

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Bytes of a coordinate.
const COORDINATE: usize = 66;
/// The sign of a point that is not compressed.
const WHOLE: u8 = 4;
/// How thumbprints are made: as clevis does, and as older versions of it did.
const THUMBPRINTS: [&Algorithm; 2] = [&SHA256, &SHA1_FOR_LEGACY_USE_ONLY];

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey {
    x: String,
    y: String,
    point: Vec<u8>,
}

impl PublicKey {
    /// The key of a JSON Web Key; none for another curve.
    pub(super) fn of_json(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        if text("kty") != Some("EC") || text("crv") != Some("P-521") {
            return None;
        }
        let mut point = vec![WHOLE];
        for name in ["x", "y"] {
            let bytes = URL_SAFE_NO_PAD.decode(text(name)?).ok()?;
            let lacking = COORDINATE.checked_sub(bytes.len())?;
            point.resize(point.len() + lacking, 0);
            point.extend(bytes);
        }
        Self::of_point(point)
    }

    /// The key of a point that is not compressed.
    pub(super) fn of_point(point: Vec<u8>) -> Option<Self> {
        let rest = point.strip_prefix(&[WHOLE])?;
        let (x, y) = rest.split_at_checked(COORDINATE)?;
        if y.len() != COORDINATE {
            return None;
        }
        let [x, y] = [x, y].map(|one| URL_SAFE_NO_PAD.encode(one));
        Some(Self { x, y, point })
    }

    /// The point, not compressed.
    pub(super) fn point(&self) -> &[u8] {
        &self.point
    }

    /// The JSON Web Key.
    pub(super) fn json(&self) -> Value {
        json!({ "crv": "P-521", "kty": "EC", "x": self.x, "y": self.y })
    }

    /// The thumbprint (RFC 7638) that clevis asks a server by.
    pub(super) fn thumbprint(&self) -> String {
        self.thumbprint_of(&SHA256)
    }

    /// Whether a thumbprint is one of this key.
    pub(super) fn is_called(&self, thumbprint: &str) -> bool {
        let mut all = THUMBPRINTS.iter();
        all.any(|algorithm| self.thumbprint_of(algorithm) == thumbprint)
    }

    fn thumbprint_of(&self, algorithm: &'static Algorithm) -> String {
        // The keys are in the order of their names, and nothing is between them.
        let text = self.json().to_string();
        URL_SAFE_NO_PAD.encode(digest(algorithm, text.as_bytes()))
    }
}
