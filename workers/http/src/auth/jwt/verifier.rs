//! One scheme of tokens.

use super::Refused;
use super::claims::Demands;
use super::source::Source;
use super::token::Token;
use crate::auth::{Algorithm, Identity, Jwt};
use crate::tasks::Tasks;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use iii_kit::Clock;
use serde_json::Value;
use std::sync::Arc;

/// Verifies tokens of one scheme.
pub(crate) struct Verifier {
    accepted: Vec<Algorithm>,
    demands: Demands,
    source: Source,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// # Errors
    /// What in the configuration cannot work.
    pub(crate) fn new(config: &Jwt, clock: Arc<dyn Clock>, tasks: Tasks) -> Result<Self, String> {
        Ok(Self {
            accepted: config.accepted(),
            demands: Demands::new(config),
            source: Source::new(config, Arc::clone(&clock), tasks)?,
            clock,
        })
    }

    /// The token that a request carries, if any.
    pub(crate) fn presented(headers: &HeaderMap) -> Option<&str> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (kind, token) = value.split_once(' ')?;
        kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// Whom a token speaks for.
    pub(crate) async fn verify(&self, scheme: &str, text: &str) -> Result<Identity, Refused> {
        let token = Token::read(text)?;
        if !self.accepted.contains(&token.algorithm) {
            return Err(Refused::Invalid("the token's algorithm is not accepted"));
        }
        let keys = self
            .source
            .keys(&token)
            .await
            .map_err(Refused::Unavailable)?;
        let message = token.message.as_bytes();
        let mut candidates = keys.candidates(&token).peekable();
        if candidates.peek().is_none() {
            return Err(Refused::Invalid("the token is signed with an unknown key"));
        }
        if !candidates.any(|key| key.verifies(token.algorithm, message, &token.signature)) {
            return Err(Refused::Invalid("the token's signature does not hold"));
        }
        let claims = token.claims()?;
        let now_s = self.clock.unix_ms() as f64 / 1000.0;
        self.demands.check(&claims, now_s)?;
        Ok(Identity {
            scheme: scheme.to_owned(),
            kind: "jwt",
            subject: claims.get("sub").and_then(Value::as_str).map(str::to_owned),
            scopes: self.demands.scopes(&claims),
            claims: Some(Value::Object(claims)),
        })
    }
}
