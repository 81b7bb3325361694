//! JSON Web Key Sets (RFC 7517).

use super::signature::Key;
use super::token::{Token, decode};
use crate::auth::Algorithm;
use ring::signature::RsaPublicKeyComponents;
use serde::Deserialize;
use serde_json::Value;

/// Most keys of a set.
const KEYS_MAX: usize = 100;
/// Most keys that a token without `kid` is tried with.
const TRIES_MAX: usize = 4;

/// The keys of an issuer.
pub(super) struct KeySet(Vec<NamedKey>);

struct NamedKey {
    id: Option<String>,
    /// The only algorithm it is meant for, if it says so.
    algorithm: Option<Algorithm>,
    key: Key,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// The one shared secret.
    pub(super) fn shared(secret: &[u8]) -> Self {
        Self(vec![NamedKey {
            id: None,
            algorithm: None,
            key: Key::Shared(secret.to_vec()),
        }])
    }

    /// Reads a key set; keys of kinds that are not known here are passed over.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let set: Set =
            serde_json::from_slice(json).map_err(|_| "it is no JSON Web Key Set".to_owned())?;
        if set.keys.len() > KEYS_MAX {
            return Err(format!("it has more than {KEYS_MAX} keys"));
        }
        let keys: Vec<_> = set.keys.into_iter().filter_map(NamedKey::read).collect();
        if keys.is_empty() {
            return Err("it has no key that tokens could be verified with".into());
        }
        Ok(Self(keys))
    }

    /// The keys that may have signed a token.
    pub(super) fn candidates(&self, token: &Token<'_>) -> impl Iterator<Item = &Key> {
        let suits = |named: &&NamedKey| {
            let same_id = match (&named.id, &token.key_id) {
                (Some(id), Some(wanted)) => id == wanted,
                // A key without a name stands for itself alone.
                (None, Some(_)) => self.0.len() == 1,
                (_, None) => true,
            };
            let meant = named.algorithm.is_none_or(|only| only == token.algorithm);
            same_id && meant && named.key.suits(token.algorithm)
        };
        self.0
            .iter()
            .filter(suits)
            .take(TRIES_MAX)
            .map(|named| &named.key)
    }
}

impl NamedKey {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        if jwk
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose != "sig")
        {
            return None;
        }
        let algorithm = match &jwk.alg {
            Some(name) => Some(Algorithm::deserialize(Value::from(name.as_str())).ok()?),
            None => None,
        };
        let key = jwk.key()?;
        Some(Self {
            id: jwk.kid,
            algorithm,
            key,
        })
    }
}

impl Jwk {
    /// Never a shared secret: a set that everybody can read holds none.
    fn key(&self) -> Option<Key> {
        let part = |text: &Option<String>| decode(text.as_deref()?).ok();
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let (n, e) = (part(&self.n)?, part(&self.e)?);
                Some(Key::Rsa(RsaPublicKeyComponents { n, e }))
            }
            ("EC", Some("P-256")) => Some(Key::P256(point(part(&self.x)?, part(&self.y)?, 32)?)),
            ("EC", Some("P-384")) => Some(Key::P384(point(part(&self.x)?, part(&self.y)?, 48)?)),
            ("OKP", Some("Ed25519")) => Some(Key::Ed25519(part(&self.x)?)),
            _ => None,
        }
    }
}

/// An uncompressed point (SEC 1).
fn point(x: Vec<u8>, y: Vec<u8>, size: usize) -> Option<Vec<u8>> {
    if x.len() != size || y.len() != size {
        return None;
    }
    Some([&[4][..], &x, &y].concat())
}
