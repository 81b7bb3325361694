//! The three parts of a token.

use super::Refused;
use crate::auth::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// A token taken apart; nothing of it is verified.
pub(super) struct Token<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    /// What is signed.
    pub(super) message: &'a str,
    pub(super) signature: Vec<u8>,
    claims: &'a str,
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'a> Token<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, Refused> {
        const SHAPE: Refused = Refused::Invalid("this is no token");
        if text.len() > TOKEN_BYTES_MAX {
            return Err(Refused::Invalid("the token is too long"));
        }
        let (message, signature) = text.rsplit_once('.').ok_or(SHAPE)?;
        let (head, claims) = message.split_once('.').ok_or(SHAPE)?;
        if claims.contains('.') {
            return Err(SHAPE);
        }
        let head: Head = serde_json::from_slice(&decode(head)?).map_err(|_| SHAPE)?;
        if head.crit.is_some() {
            // RFC 7515: extensions that are not understood must be refused.
            return Err(Refused::Invalid("the token has critical extensions"));
        }
        let algorithm = Algorithm::deserialize(Value::from(head.alg))
            .map_err(|_| Refused::Invalid("the token's algorithm is not accepted"))?;
        Ok(Self {
            algorithm,
            key_id: head.kid,
            message,
            signature: decode(signature)?,
            claims,
        })
    }

    /// Only to be used once the signature holds.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, Refused> {
        serde_json::from_slice(&decode(self.claims)?)
            .map_err(|_| Refused::Invalid("the token has no claims"))
    }
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refused::Invalid("this is no token"))
}
