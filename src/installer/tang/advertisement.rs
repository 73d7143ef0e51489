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

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

    use super::*;

    fn pair() -> (EcdsaKeyPair, PublicKey) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).unwrap();
        let public = PublicKey::of_point(pair.public_key().as_ref().to_vec()).unwrap();
        (pair, public)
    }

    fn key(public: &PublicKey, operation: &str) -> Value {
        let mut key = public.json();
        key["key_ops"] = json!([operation]);
        key
    }

    fn encoded(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// A payload with signatures of some pairs, in the form with several.
    fn signed(keys: &[Value], pairs: &[&EcdsaKeyPair]) -> Value {
        let payload = encoded(&json!({ "keys": keys }));
        let protected = encoded(&json!({ "alg": SIGNATURE, "cty": "jwk-set+json" }));
        let text = format!("{protected}.{payload}");
        let signature = |pair: &&EcdsaKeyPair| {
            let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
            json!({ "protected": protected, "signature": URL_SAFE_NO_PAD.encode(signature) })
        };
        let signatures: Vec<Value> = pairs.iter().map(signature).collect();
        json!({ "payload": payload, "signatures": signatures })
    }

    fn read(advertised: &Value, thumbprint: &str) -> Result<PublicKey, &'static str> {
        let bytes = advertised.to_string();
        Advertisement::read(bytes.as_bytes(), thumbprint).map(|read| read.exchange)
    }

    #[test]
    fn nobody_puts_a_key_of_his_own_in() {
        let [(signing, public), (second, second_public)] = [pair(), pair()];
        let [(_, exchange), (other, other_public)] = [pair(), pair()];
        let keys = [
            key(&public, "verify"),
            key(&exchange, "deriveKey"),
            key(&second_public, "verify"),
        ];
        let thumbprint = public.thumbprint();
        let good = signed(&keys, &[&signing, &second]);
        assert_eq!(read(&good, &thumbprint), Ok(exchange.clone()));
        assert_eq!(
            read(&good, &second_public.thumbprint()),
            Ok(exchange.clone())
        );
        let not_signed = Err("one of its signing keys did not sign what it advertises");
        let unknown = Err("none of its signing keys has the thumbprint");
        // The exchange key of somebody else, below the signatures for the right one.
        let false_keys = [
            keys[0].clone(),
            key(&other_public, "deriveKey"),
            keys[2].clone(),
        ];
        let mut changed = good.clone();
        changed["payload"] = signed(&false_keys, &[])["payload"].clone();
        assert_eq!(read(&changed, &thumbprint), not_signed);
        // Signed by somebody else, and by one of two keys.
        assert_eq!(
            read(&signed(&keys, &[&other, &second]), &thumbprint),
            not_signed
        );
        assert_eq!(read(&signed(&keys, &[&signing]), &thumbprint), not_signed);
        // All right, but not the server that is meant.
        for thumbprint in [
            exchange.thumbprint(),
            other_public.thumbprint(),
            String::new(),
        ] {
            assert_eq!(read(&good, &thumbprint), unknown);
        }
        let of_nobody = signed(&[keys[1].clone()], &[]);
        assert_eq!(read(&of_nobody, &thumbprint), unknown);
        let without = signed(&[keys[0].clone()], &[&signing]);
        let no_exchange = Err("it has no exchange key of the curve P-521");
        assert_eq!(read(&without, &thumbprint), no_exchange);
    }

    #[test]
    fn what_is_no_advertisement_is_told() {
        let odd = Err("what it advertises cannot be read");
        for text in [
            "",
            "{}",
            "[]",
            "{\"payload\":1}",
            "{\"payload\":\"*\"}",
            "{\"payload\":\"e30\"}",
        ] {
            let read = Advertisement::read(text.as_bytes(), "x").map(|read| read.exchange);
            assert_eq!(read, odd, "{text}");
        }
        // A coordinate that is too long, and one that is no text.
        for x in [json!("A".repeat(200)), json!(1)] {
            let key = json!({ "kty": "EC", "crv": "P-521", "x": x, "y": "AA" });
            assert_eq!(PublicKey::of_json(&key), None);
        }
    }
}
