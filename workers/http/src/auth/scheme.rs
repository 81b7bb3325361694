//! Schemes by name, ready to verify.

use super::jwt::{self, Refused};
use super::{Auth, AuthScheme, api_key, webhook};
use crate::tasks::Tasks;
use iii_kit::Clock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whom a scheme has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) scheme: String,
    /// `api_key`, `jwt` or `webhook`.
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// All claims of a token.
    pub(crate) claims: Option<Value>,
}

/// One named scheme.
pub(crate) struct Scheme {
    pub(crate) name: String,
    pub(crate) verifier: Verifier,
}

pub(crate) enum Verifier {
    ApiKey(api_key::Verifier),
    Jwt(jwt::Verifier),
    Webhook(webhook::Verifier),
}

/// All schemes of the configuration.
pub(crate) struct Schemes {
    by_name: BTreeMap<String, Arc<Scheme>>,
}

/// What a scheme makes of a request before its body is read.
pub(crate) enum Outcome {
    /// The request carries nothing that this scheme knows.
    Absent,
    Accepted(Identity),
    Refused(Refused),
    /// The signature is over the body.
    NeedsBody,
}

impl Identity {
    /// Tells callers apart.
    pub(crate) fn caller(&self) -> String {
        format!("{} {}", self.scheme, self.subject.as_deref().unwrap_or(""))
    }

    /// What functions see as `auth`.
    pub(crate) fn to_json(&self) -> Value {
        let mut seen = json!({
            "scheme": self.scheme, "type": self.kind, "subject": self.subject,
            "scopes": self.scopes,
        });
        if let Some(claims) = &self.claims {
            seen["claims"] = claims.clone();
        }
        seen
    }
}

impl Schemes {
    /// # Errors
    /// What in the configuration cannot work.
    pub(crate) fn new(
        config: &Auth,
        clock: &Arc<dyn Clock>,
        tasks: &Tasks,
    ) -> Result<Self, String> {
        let mut by_name = BTreeMap::new();
        for (name, scheme) in &config.schemes {
            let verifier = match scheme {
                AuthScheme::ApiKey(config) => Verifier::ApiKey(api_key::Verifier::new(config)),
                AuthScheme::Jwt(config) => Verifier::Jwt(jwt::Verifier::new(
                    config,
                    Arc::clone(clock),
                    tasks.clone(),
                )?),
                AuthScheme::Webhook(config) => Verifier::Webhook(webhook::Verifier::new(config)?),
            };
            let scheme = Scheme {
                name: name.clone(),
                verifier,
            };
            by_name.insert(name.clone(), Arc::new(scheme));
        }
        Ok(Self { by_name })
    }

    /// # Errors
    /// Names the first that is not known, and all that are.
    pub(crate) fn find(&self, names: &[String]) -> Result<Vec<Arc<Scheme>>, String> {
        let find = |name: &String| match self.by_name.get(name) {
            Some(scheme) => Ok(Arc::clone(scheme)),
            None => Err(format!(
                "`auth` names `{name}`; the http worker is configured with {}",
                self.names()
            )),
        };
        names.iter().map(find).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Scheme>> {
        self.by_name.values()
    }

    fn names(&self) -> String {
        let names: Vec<_> = self
            .by_name
            .keys()
            .map(|name| format!("`{name}`"))
            .collect();
        match names.as_slice() {
            [] => "no schemes".into(),
            names => names.join(", "),
        }
    }
}
