//! What a token says, checked against what the configuration asks for.

use super::Refused;
use crate::auth::Jwt;
use serde_json::{Map, Value};

/// What claims have to say.
pub(super) struct Demands {
    issuer: Option<String>,
    audience: Vec<String>,
    leeway_s: f64,
    require_exp: bool,
    scopes_claim: String,
}

impl Demands {
    pub(super) fn new(config: &Jwt) -> Self {
        Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            leeway_s: config.leeway_s.into(),
            require_exp: config.require_exp,
            scopes_claim: config.scopes_claim.clone(),
        }
    }

    pub(super) fn check(&self, claims: &Map<String, Value>, now_s: f64) -> Result<(), Refused> {
        match (time(claims, "exp")?, self.require_exp) {
            (None, true) => return Err(Refused::Invalid("the token never expires")),
            (Some(exp), _) if now_s >= exp + self.leeway_s => {
                return Err(Refused::Invalid("the token has expired"));
            }
            _ => {}
        }
        if time(claims, "nbf")?.is_some_and(|nbf| now_s < nbf - self.leeway_s) {
            return Err(Refused::Invalid("the token is not valid yet"));
        }
        if let Some(issuer) = &self.issuer
            && claims.get("iss").and_then(Value::as_str) != Some(issuer)
        {
            return Err(Refused::Invalid("the token is from another issuer"));
        }
        let meant = |text: &Value| {
            let text = text.as_str();
            text.is_some_and(|text| self.audience.iter().any(|known| known == text))
        };
        let for_us = match claims.get("aud") {
            Some(Value::Array(list)) => list.iter().any(meant),
            Some(one) => meant(one),
            None => false,
        };
        if !self.audience.is_empty() && !for_us {
            return Err(Refused::Invalid("the token is meant for somebody else"));
        }
        Ok(())
    }

    pub(super) fn scopes(&self, claims: &Map<String, Value>) -> Vec<String> {
        match claims.get(&self.scopes_claim) {
            Some(Value::String(words)) => {
                words.split_ascii_whitespace().map(str::to_owned).collect()
            }
            Some(Value::Array(list)) => {
                let words = list.iter().filter_map(Value::as_str);
                words.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, Refused> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(Refused::Invalid("a time of the token is no number")),
        },
    }
}
