//! Verification as configured.

use super::Secret;
use crate::config::Check;
use http::{HeaderName, Uri};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

/// Most keys of one scheme: each request with a key is compared with all of them.
const KEYS_MAX: usize = 1_000;
/// Shortest API key and webhook secret, in bytes.
const SECRET_BYTES_MIN: usize = 8;
/// Shortest secret of tokens, in bytes, as RFC 7518 section 3.2 asks for HS256.
const TOKEN_SECRET_BYTES_MIN: usize = 32;

/// How callers are verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// The schemes by name. A trigger names those that its route takes in `auth`.
    pub schemes: BTreeMap<String, Scheme>,
    /// Names of the schemes of which one has to accept a request on routes that do not name any
    /// themselves. Empty means such routes are open.
    pub required: Vec<String>,
}

/// One way to verify a caller.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Scheme {
    /// A key that the caller was given.
    ApiKey(ApiKey),
    /// A signed token (JWT) in `Authorization: Bearer`.
    Jwt(Jwt),
    /// A signature over the body, as senders of webhooks make it.
    Webhook(Webhook),
}

/// A key that the caller was given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The header that carries it, for example `x-api-key`.
    #[serde(default)]
    pub header: Option<String>,
    /// The query parameter that carries it. Servers and proxies log query strings: prefer a header.
    #[serde(default)]
    pub query: Option<String>,
    /// The keys.
    pub keys: Vec<KeyEntry>,
}

/// An API key and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// Whose key it is; functions see it as `auth.subject`.
    pub id: String,
    /// The key itself, at least 8 bytes.
    pub secret: Secret,
    /// What its owner may do, compared with the `auth_scopes` of routes.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A signed token. Exactly one of `secret`, `jwks_url` and `jwks_file` says what it is verified
/// with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    /// The shared secret of HS256, HS384 and HS512, at least 32 bytes.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// Where the issuer publishes its keys: `https`, or `http` on this machine. They are fetched
    /// when first needed, then every `jwks_refresh_s`, and when a token names an unknown key.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// A PEM file of authorities trusted for `jwks_url` besides those of this machine. Relative to
    /// the folder of the configuration file.
    #[serde(default)]
    pub jwks_ca_file: Option<PathBuf>,
    /// A file with a JSON Web Key Set; read again like `jwks_url`. Relative to the folder of the
    /// configuration file.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// The algorithms accepted. Empty means HS256 with a secret, and RS256, ES256 and `EdDSA` with
    /// keys.
    #[serde(default)]
    pub algorithms: Vec<Algorithm>,
    /// What `iss` has to be; absent means anything.
    #[serde(default)]
    pub issuer: Option<String>,
    /// One of these has to be in `aud`; empty means anything.
    #[serde(default)]
    pub audience: Vec<String>,
    /// How far clocks may differ, in seconds.
    #[serde(default = "leeway")]
    pub leeway_s: u32,
    /// Whether a token without `exp` is refused.
    #[serde(default = "yes")]
    pub require_exp: bool,
    /// The claim that lists scopes: words in one string, or an array.
    #[serde(default = "scope")]
    pub scopes_claim: String,
    /// How long fetched keys are used before they are fetched again, in seconds.
    #[serde(default = "refresh")]
    pub jwks_refresh_s: NonZeroU32,
}

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSA, PKCS #1 v1.5, SHA-256.
    RS256,
    /// RSA, PKCS #1 v1.5, SHA-384.
    RS384,
    /// RSA, PKCS #1 v1.5, SHA-512.
    RS512,
    /// RSA-PSS, SHA-256.
    PS256,
    /// RSA-PSS, SHA-384.
    PS384,
    /// RSA-PSS, SHA-512.
    PS512,
    /// ECDSA on P-256.
    ES256,
    /// ECDSA on P-384.
    ES384,
    /// Ed25519.
    #[serde(rename = "EdDSA", alias = "Ed25519")]
    EdDsa,
}

/// A signature over the body. With the defaults it is GitHub's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The header that carries the signature.
    #[serde(default = "hub")]
    pub header: String,
    /// How the header is laid out.
    #[serde(default)]
    pub layout: Layout,
    /// What stands before the signature, for example `sha256=`, or its name in a list (`v1`).
    #[serde(default = "sha256_prefix")]
    pub prefix: String,
    /// How the signature is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// The hash under the HMAC.
    #[serde(default)]
    pub digest: Digest,
    /// What is signed: text in which `{body}`, `{timestamp}` and `{header:NAME}` stand for parts of
    /// the request.
    #[serde(default = "body")]
    pub signed: String,
    /// The header that carries the time of signing in Unix seconds.
    #[serde(default)]
    pub timestamp_header: Option<String>,
    /// The name of the time of signing in a list (`t`).
    #[serde(default)]
    pub timestamp_key: Option<String>,
    /// How old, or how far ahead, a signature may be, in seconds, where a time is signed.
    #[serde(default = "tolerance")]
    pub tolerance_s: u32,
    /// The secrets; several while one replaces another. At most 4.
    pub secrets: Vec<Secret>,
    /// How the secrets are written.
    #[serde(default)]
    pub secret_encoding: Encoding,
}

/// How a signature header is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One signature, or several with spaces between them: `sha256=0a1b…`.
    #[default]
    Plain,
    /// Names and values with commas between them: `t=1700000000,v1=0a1b…`.
    List,
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Signatures: hexadecimal digits. Secrets: the text itself.
    #[default]
    Default,
    /// Hexadecimal digits.
    Hex,
    /// Base64, of either alphabet, with or without padding.
    Base64,
}

/// A hash function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Digest {
    /// SHA-1, for senders that know nothing better.
    Sha1,
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Check for Auth {
    fn check(&self) -> Result<(), String> {
        for (name, scheme) in &self.schemes {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.is_empty() || !name.chars().all(plain) {
                return Err(format!(
                    "`{name}` is no name of a scheme: use letters, digits, `-`, `_` and `.`"
                ));
            }
            let checked = match scheme {
                Scheme::ApiKey(scheme) => scheme.check(),
                Scheme::Jwt(scheme) => scheme.check(),
                Scheme::Webhook(scheme) => scheme.check(),
            };
            checked.map_err(|reason| format!("scheme `{name}`: {reason}"))?;
        }
        for name in &self.required {
            if !self.schemes.contains_key(name) {
                return Err(format!(
                    "`required` names `{name}`, which is not in `schemes`"
                ));
            }
        }
        Ok(())
    }
}

impl Check for ApiKey {
    fn check(&self) -> Result<(), String> {
        match (&self.header, &self.query) {
            (Some(header), None) => header_name(header)?,
            (None, Some(query)) if !query.is_empty() => {}
            _ => return Err("give `header` or `query`, one of them".into()),
        }
        if self.keys.is_empty() || self.keys.len() > KEYS_MAX {
            return Err(format!("give from 1 to {KEYS_MAX} `keys`"));
        }
        for key in &self.keys {
            if key.secret.reveal().len() < SECRET_BYTES_MIN {
                return Err(format!(
                    "the secret of key `{}` is shorter than {SECRET_BYTES_MIN} bytes",
                    key.id
                ));
            }
        }
        Ok(())
    }
}

impl Check for Jwt {
    fn check(&self) -> Result<(), String> {
        let sources = [
            self.secret.is_some(),
            self.jwks_url.is_some(),
            self.jwks_file.is_some(),
        ];
        if sources.iter().filter(|given| **given).count() != 1 {
            return Err("give one of `secret`, `jwks_url` and `jwks_file`".into());
        }
        if self.jwks_ca_file.is_some() && self.jwks_url.is_none() {
            return Err("`jwks_ca_file` goes with `jwks_url` alone".into());
        }
        if let Some(secret) = &self.secret
            && secret.reveal().len() < TOKEN_SECRET_BYTES_MIN
        {
            return Err(format!(
                "`secret` is shorter than {TOKEN_SECRET_BYTES_MIN} bytes; \
                 make one, for example with `openssl rand -hex 32`"
            ));
        }
        // Or a public key could be taken for a shared secret.
        let shared = self.secret.is_some();
        if let Some(wrong) = self.algorithms.iter().find(|a| a.is_shared() != shared) {
            return Err(format!(
                "`{wrong:?}` does not go with what tokens are verified with"
            ));
        }
        self.jwks_url.as_deref().map_or(Ok(()), check_url)
    }
}

impl Auth {
    /// Lets relative paths begin in `folder`.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        for scheme in self.schemes.values_mut() {
            if let Scheme::Jwt(jwt) = scheme {
                let paths = jwt.jwks_file.iter_mut().chain(&mut jwt.jwks_ca_file);
                paths.for_each(|path| *path = folder.join(&*path));
            }
        }
    }
}

impl Jwt {
    /// The algorithms that are accepted.
    pub(crate) fn accepted(&self) -> Vec<Algorithm> {
        match (self.algorithms.as_slice(), &self.secret) {
            ([], Some(_)) => vec![Algorithm::HS256],
            ([], None) => vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDsa],
            (given, _) => given.to_vec(),
        }
    }
}

impl Algorithm {
    fn is_shared(self) -> bool {
        matches!(self, Self::HS256 | Self::HS384 | Self::HS512)
    }
}

fn check_url(text: &str) -> Result<(), String> {
    let url: Uri = text
        .parse()
        .map_err(|_| "`jwks_url` is no URL".to_owned())?;
    let local = matches!(url.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme_str() {
        Some("https") if url.host().is_some() => Ok(()),
        Some("http") if local => Ok(()),
        _ => Err("`jwks_url` has to be `https`: \
                  who can change the keys on their way can sign any token"
            .into()),
    }
}

impl Check for Webhook {
    fn check(&self) -> Result<(), String> {
        header_name(&self.header)?;
        if self.secrets.is_empty() || self.secrets.len() > 4 {
            return Err("give from 1 to 4 `secrets`".into());
        }
        if !self.signed.contains("{body}") {
            return Err("`signed` has no `{body}`: the body has to be signed".into());
        }
        let timed = self.signed.contains("{timestamp}");
        let source = self.timestamp_header.is_some() || self.timestamp_key.is_some();
        if timed != source {
            return Err(
                "`{timestamp}` in `signed` and `timestamp_header` or `timestamp_key` \
                        go together"
                    .into(),
            );
        }
        if self.timestamp_key.is_some() && self.layout != Layout::List {
            return Err("`timestamp_key` goes with `layout: list`".into());
        }
        if let Some(header) = &self.timestamp_header {
            header_name(header)?;
        }
        super::webhook::Verifier::new(self).map(|_| ())
    }
}

pub(super) fn header_name(name: &str) -> Result<(), String> {
    let known = HeaderName::try_from(name);
    known
        .map(|_| ())
        .map_err(|_| format!("`{name}` is no header name"))
}

/// The shortest secret of a webhook, once decoded.
pub(super) const fn secret_bytes_min() -> usize {
    SECRET_BYTES_MIN
}

fn leeway() -> u32 {
    60
}

fn yes() -> bool {
    true
}

fn scope() -> String {
    "scope".into()
}

fn refresh() -> NonZeroU32 {
    NonZeroU32::new(600).unwrap_or(NonZeroU32::MIN)
}

fn hub() -> String {
    "x-hub-signature-256".into()
}

fn sha256_prefix() -> String {
    "sha256=".into()
}

fn body() -> String {
    "{body}".into()
}

fn tolerance() -> u32 {
    300
}
