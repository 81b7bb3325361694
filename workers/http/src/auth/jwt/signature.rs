//! Keys, and whether a signature is theirs.

use crate::auth::Algorithm;
use ring::hmac;
use ring::signature::{
    self as sign, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

/// What signatures are verified with.
#[derive(Clone)]
pub(super) enum Key {
    Shared(Vec<u8>),
    /// Modulus and exponent.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
    /// An uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    /// Whether this key has made `signature` with `algorithm`. A key of another kind has not.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (self, algorithm) {
            (Self::Shared(secret), _) => shared(algorithm, secret, message, signature),
            (Self::Rsa(key), _) => {
                rsa(algorithm).is_some_and(|with| key.verify(with, message, signature).is_ok())
            }
            (Self::P256(point), Algorithm::ES256) => {
                public(&ECDSA_P256_SHA256_FIXED, point, message, signature)
            }
            (Self::P384(point), Algorithm::ES384) => {
                public(&ECDSA_P384_SHA384_FIXED, point, message, signature)
            }
            (Self::Ed25519(point), Algorithm::EdDsa) => public(&ED25519, point, message, signature),
            _ => false,
        }
    }

    /// Whether this key could have signed with `algorithm`.
    pub(super) fn suits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Shared(_) => digest(algorithm).is_some(),
            Self::Rsa(_) => rsa(algorithm).is_some(),
            Self::P256(_) => algorithm == Algorithm::ES256,
            Self::P384(_) => algorithm == Algorithm::ES384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
        }
    }
}

fn public(
    with: &'static dyn sign::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(with, key)
        .verify(message, signature)
        .is_ok()
}

fn shared(algorithm: Algorithm, secret: &[u8], message: &[u8], signature: &[u8]) -> bool {
    digest(algorithm).is_some_and(|digest| {
        hmac::verify(&hmac::Key::new(digest, secret), message, signature).is_ok()
    })
}

fn digest(algorithm: Algorithm) -> Option<hmac::Algorithm> {
    match algorithm {
        Algorithm::HS256 => Some(hmac::HMAC_SHA256),
        Algorithm::HS384 => Some(hmac::HMAC_SHA384),
        Algorithm::HS512 => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&sign::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&sign::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&sign::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&sign::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&sign::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&sign::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}
