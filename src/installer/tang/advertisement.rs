//! What a Tang server advertises: its keys, signed by those that a site knows (RFC 7515).

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::curve::PublicKey;

/// The signature that keys of P-521 make.
const SIGNATURE: &str = "ES512";

/// The keys of a server, checked.
#[derive(Clone, Debug)]
pub(in crate::installer) struct Advertisement {
    /// All of them, as clevis keeps them.
    pub(super) keys: Value,
    /// The one that keys are exchanged with.
    pub(super) exchange: PublicKey,
}

impl Advertisement {
    /// Reads what a server advertises; one of its signing keys has the thumbprint, and all of them signed.
    pub(in crate::installer) fn read(bytes: &[u8], thumbprint: &str) -> Result<Self, &'static str> {
        const ODD: &str = "what it advertises cannot be read";
        let whole: Value = serde_json::from_slice(bytes).map_err(|_| ODD)?;
        let payload = whole.get("payload").and_then(Value::as_str).ok_or(ODD)?;
        let decoded = URL_SAFE_NO_PAD.decode(payload).map_err(|_| ODD)?;
        let advertised: Value = serde_json::from_slice(&decoded).map_err(|_| ODD)?;
        let keys = advertised.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(ODD)?;
        let mut is_known = false;
        for key in keys.iter().filter(|key| is_for(key, "verify")) {
            let key = PublicKey::of_json(key);
            let key = key.ok_or("it has a signing key of another curve than P-521")?;
            if !is_signed(&whole, payload, &key) {
                return Err("one of its signing keys did not sign what it advertises");
            }
            is_known |= key.is_called(thumbprint);
        }
        if !is_known {
            return Err("none of its signing keys has the thumbprint");
        }
        let exchange = keys.iter().find(|key| is_for(key, "deriveKey"));
        let exchange = exchange.and_then(PublicKey::of_json);
        Ok(Self {
            exchange: exchange.ok_or("it has no exchange key of the curve P-521")?,
            keys: json!({ "keys": keys }),
        })
    }
}

/// Whether a key is for something.
fn is_for(key: &Value, operation: &str) -> bool {
    let operations = key.get("key_ops").and_then(Value::as_array);
    let mut operations = operations.into_iter().flatten();
    operations.any(|one| one.as_str() == Some(operation))
}

/// Whether a key signed.
fn is_signed(whole: &Value, payload: &str, key: &PublicKey) -> bool {
    let several = whole.get("signatures").and_then(Value::as_array);
    let mut all = match several {
        Some(several) => several.iter().collect::<Vec<_>>(),
        None => vec![whole],
    }
    .into_iter();
    all.any(|one| is_signed_by(one, payload, key).is_some())
}

fn is_signed_by(signed: &Value, payload: &str, key: &PublicKey) -> Option<()> {
    let protected = signed.get("protected").and_then(Value::as_str)?;
    let header = URL_SAFE_NO_PAD.decode(protected).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    if header.get("alg").and_then(Value::as_str) != Some(SIGNATURE) {
        return None;
    }
    let signature = signed.get("signature").and_then(Value::as_str)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let text = format!("{protected}.{payload}");
    let key = UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, key.point());
    key.verify(text.as_bytes(), &signature).ok()
}
