//! Signatures over request bodies, as senders of webhooks make them.

use super::config::{Digest, Encoding, Layout, Webhook, header_name, secret_bytes_min};
use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use ring::hmac;

/// Most signatures of one request that are looked at.
const SIGNATURES_MAX: usize = 8;

/// Verifies the signatures of one scheme.
pub(crate) struct Verifier {
    header: String,
    layout: Layout,
    prefix: String,
    encoding: Encoding,
    timestamp_header: Option<String>,
    timestamp_key: Option<String>,
    tolerance_s: u64,
    signed: Vec<Part>,
    keys: Vec<hmac::Key>,
}

/// A part of what is signed.
enum Part {
    Text(String),
    Body,
    Timestamp,
    Header(String),
}

impl Verifier {
    /// # Errors
    /// What in the configuration cannot work.
    pub(crate) fn new(config: &Webhook) -> Result<Self, String> {
        let algorithm = match config.digest {
            Digest::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Digest::Sha256 => hmac::HMAC_SHA256,
            Digest::Sha512 => hmac::HMAC_SHA512,
        };
        let key = |secret: &super::Secret| {
            let text = secret.reveal();
            let bytes = match config.secret_encoding {
                Encoding::Default => Some(text.to_vec()),
                Encoding::Hex => hex(text),
                Encoding::Base64 => base64(text),
            };
            let bytes = bytes.ok_or("a secret is not written as `secret_encoding` says")?;
            if bytes.len() < secret_bytes_min() {
                return Err(format!(
                    "a secret is shorter than {} bytes",
                    secret_bytes_min()
                ));
            }
            Ok(hmac::Key::new(algorithm, &bytes))
        };
        Ok(Self {
            header: config.header.to_ascii_lowercase(),
            layout: config.layout,
            prefix: config.prefix.clone(),
            encoding: config.encoding,
            timestamp_header: config.timestamp_header.clone(),
            timestamp_key: config.timestamp_key.clone(),
            tolerance_s: config.tolerance_s.into(),
            signed: parts(&config.signed)?,
            keys: config.secrets.iter().map(key).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    pub(crate) fn is_presented(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(&self.header)
    }

    /// # Errors
    /// Why no signature holds, for the sender.
    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_s: u64,
    ) -> Result<(), &'static str> {
        let value = headers
            .get(&self.header)
            .and_then(|value| value.to_str().ok());
        let value = value.ok_or("the request is not signed")?;
        let timestamp = self.timestamp(headers, value)?;
        if let Some(text) = timestamp {
            let signed_at: u64 = text
                .parse()
                .map_err(|_| "the time of the signature is no number of seconds")?;
            if signed_at.abs_diff(now_s) > self.tolerance_s {
                return Err("the signature is too old, or from the future");
            }
        }
        let signatures = self.signatures(value);
        if signatures.is_empty() {
            return Err("the signature is not written as expected");
        }
        let timestamp = timestamp.unwrap_or_default();
        for key in &self.keys {
            let expected = self.sign(key, headers, body, timestamp)?;
            let holds = |signature: &Vec<u8>| {
                let equal = subtle::ConstantTimeEq::ct_eq(signature.as_slice(), expected.as_ref());
                bool::from(equal)
            };
            if signatures.iter().any(holds) {
                return Ok(());
            }
        }
        Err("the signature does not fit the body")
    }

    fn timestamp<'a>(
        &self,
        headers: &'a HeaderMap,
        value: &'a str,
    ) -> Result<Option<&'a str>, &'static str> {
        let found = match (&self.timestamp_header, &self.timestamp_key) {
            (Some(header), _) => headers.get(header).and_then(|value| value.to_str().ok()),
            (None, Some(key)) => pairs(value)
                .find(|(name, _)| name == key)
                .map(|pair| pair.1),
            (None, None) => return Ok(None),
        };
        found.map(Some).ok_or("the signature has no time")
    }

    fn signatures(&self, value: &str) -> Vec<Vec<u8>> {
        let read = |text: &str| match self.encoding {
            Encoding::Default | Encoding::Hex => hex(text.as_bytes()),
            Encoding::Base64 => base64(text.as_bytes()),
        };
        match self.layout {
            Layout::Plain => value
                .split_ascii_whitespace()
                .filter_map(|text| text.strip_prefix(self.prefix.as_str()))
                .filter_map(read)
                .take(SIGNATURES_MAX)
                .collect(),
            Layout::List => pairs(value)
                .filter(|(name, _)| *name == self.prefix.trim_end_matches('='))
                .filter_map(|(_, text)| read(text))
                .take(SIGNATURES_MAX)
                .collect(),
        }
    }

    fn sign(
        &self,
        key: &hmac::Key,
        headers: &HeaderMap,
        body: &[u8],
        timestamp: &str,
    ) -> Result<hmac::Tag, &'static str> {
        let mut context = hmac::Context::with_key(key);
        for part in &self.signed {
            match part {
                Part::Text(text) => context.update(text.as_bytes()),
                Part::Body => context.update(body),
                Part::Timestamp => context.update(timestamp.as_bytes()),
                Part::Header(name) => {
                    let value = headers.get(name).ok_or("a signed header is missing")?;
                    context.update(value.as_bytes());
                }
            }
        }
        Ok(context.sign())
    }
}

fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
}

/// Reads a template such as `v0:{timestamp}:{body}`.
fn parts(template: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err("`signed` has a `{` without `}`".into());
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        parts.push(match (name, name.strip_prefix("header:")) {
            ("body", _) => Part::Body,
            ("timestamp", _) => Part::Timestamp,
            (_, Some(header)) => {
                header_name(header)?;
                Part::Header(header.to_ascii_lowercase())
            }
            _ => {
                return Err(format!(
                    "`signed` has `{{{name}}}`: use `{{body}}`, `{{timestamp}}` or \
                     `{{header:NAME}}`"
                ));
            }
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
    text.chunks_exact(2).map(pair).collect()
}

/// Base64 of either alphabet, with or without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let lenient =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard: Vec<u8> = text
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, lenient);
    engine.decode(standard).ok()
}

#[cfg(test)]
mod tests;
