//! API keys.

use super::Identity;
use super::config::{ApiKey, KeyEntry};
use http::HeaderMap;
use ring::digest::{SHA256, digest};
use std::borrow::Cow;
use subtle::ConstantTimeEq;

/// Compares what callers present with the keys of one scheme.
pub(crate) struct Verifier {
    place: Place,
    keys: Vec<Known>,
}

enum Place {
    Header(String),
    Query(String),
}

/// A key's digest: of equal length for all, so that comparing tells nothing of the key.
struct Known {
    digest: Vec<u8>,
    entry: KeyEntry,
}

impl Verifier {
    pub(crate) fn new(config: &ApiKey) -> Self {
        let place = match (&config.header, &config.query) {
            (Some(header), _) => Place::Header(header.to_ascii_lowercase()),
            (None, query) => Place::Query(query.clone().unwrap_or_default()),
        };
        let known = |entry: &KeyEntry| Known {
            digest: digest(&SHA256, entry.secret.reveal()).as_ref().to_vec(),
            entry: entry.clone(),
        };
        Self {
            place,
            keys: config.keys.iter().map(known).collect(),
        }
    }

    /// What the caller presents, if anything.
    pub(crate) fn presented<'a>(
        &self,
        headers: &'a HeaderMap,
        query: &'a str,
    ) -> Option<Cow<'a, [u8]>> {
        match &self.place {
            Place::Header(name) => headers.get(name).map(|value| value.as_bytes().into()),
            Place::Query(name) => query.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                let found = crate::router::decode_query(key) == name.as_str();
                found.then(|| match crate::router::decode_query(value) {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                })
            }),
        }
    }

    /// Whose key it is. Takes as long whichever key it is, or none.
    pub(crate) fn verify(&self, scheme: &str, key: &[u8]) -> Option<Identity> {
        let presented = digest(&SHA256, key);
        let mut owner = None;
        for known in &self.keys {
            if known.digest.as_slice().ct_eq(presented.as_ref()).into() {
                owner = Some(&known.entry);
            }
        }
        owner.map(|entry| Identity {
            scheme: scheme.to_owned(),
            kind: "api_key",
            subject: Some(entry.id.clone()),
            scopes: entry.scopes.clone(),
            claims: None,
        })
    }

    /// Where the key goes, as OpenAPI says it: `in` and `name`.
    pub(crate) fn place(&self) -> (&'static str, &str) {
        match &self.place {
            Place::Header(name) => ("header", name),
            Place::Query(name) => ("query", name),
        }
    }
}
