//! A key, locked for one server as clevis does it: a JWE (RFC 7516) whose key is agreed on with the server's.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P521, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::{SystemRandom, fill};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::advertisement::Advertisement;
use super::curve::PublicKey;

/// How the content is encrypted, and the bits of its key.
const CONTENT: &str = "A256GCM";
const BITS: u32 = 256;
/// Bytes of the number that is used once.
const NONCE: usize = 12;

/// Locks a secret for the server at an address.
pub(in crate::installer) fn lock(
    secret: &[u8],
    (address, server): (&str, &Advertisement),
) -> Result<Value, Unspecified> {
    let own = EphemeralPrivateKey::generate(&ECDH_P521, &SystemRandom::new())?;
    let public = own.compute_public_key()?;
    let public = PublicKey::of_point(public.as_ref().to_vec()).ok_or(Unspecified)?;
    let peer = UnparsedPublicKey::new(&ECDH_P521, server.exchange.point());
    let key = agree_ephemeral(own, peer, Unspecified, |shared| Ok(derived(shared)))?;
    let header = json!({
        "alg": "ECDH-ES",
        "clevis": { "pin": "tang", "tang": { "adv": server.keys, "url": address } },
        "enc": CONTENT,
        "epk": public.json(),
        "kid": server.exchange.thumbprint(),
    });
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    let mut nonce = [0; NONCE];
    fill(&mut nonce)?;
    let mut text = secret.to_vec();
    let tag = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?).seal_in_place_separate_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(header.as_bytes()),
        &mut text,
    )?;
    Ok(json!({
        "ciphertext": URL_SAFE_NO_PAD.encode(&text),
        "encrypted_key": "",
        "iv": URL_SAFE_NO_PAD.encode(nonce),
        "protected": header,
        "tag": URL_SAFE_NO_PAD.encode(tag.as_ref()),
    }))
}

/// The key of the content (RFC 7518, section 4.6.2), which one round of SHA-256 fills.
fn derived(shared: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared);
    let name = CONTENT.as_bytes();
    hash.update(u32::try_from(name.len()).unwrap_or_default().to_be_bytes());
    hash.update(name);
    // Nobody is named on either side.
    hash.update([0; 8]);
    hash.update(BITS.to_be_bytes());
    hash.finalize().into()
}
