//! What one route asks of its callers.

use super::jwt::Refused;
use super::scheme::{Identity, Outcome, Scheme, Verifier};
use crate::response::ResponseBody;
use crate::response::error::Style;
use http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use std::sync::Arc;

/// One of these schemes has to accept, and every scope has to be there.
pub(crate) struct Guard {
    pub(crate) any_of: Vec<Arc<Scheme>>,
    pub(crate) scopes: Vec<String>,
}

/// What the guard saw of a request.
pub(crate) enum Seen {
    Known(Identity),
    /// [`Guard::verify_body`] decides.
    NeedsBody,
}

/// Why a request may not pass.
pub(crate) enum Denied {
    /// Nothing was presented, or nothing that holds.
    Unknown(Option<&'static str>),
    /// The caller is known, but this is not for it.
    Forbidden(String),
    /// What is needed to verify cannot be had now.
    Unavailable(String),
}

impl Guard {
    /// Looks at everything but the body.
    ///
    /// # Errors
    /// Nobody who may pass.
    pub(crate) async fn look(&self, headers: &HeaderMap, query: &str) -> Result<Seen, Denied> {
        let mut denied = Denied::Unknown(None);
        let mut needs_body = false;
        for scheme in &self.any_of {
            match scheme.look(headers, query).await {
                Outcome::Accepted(identity) => return self.admit(identity).map(Seen::Known),
                Outcome::NeedsBody => needs_body = true,
                Outcome::Absent => {}
                Outcome::Refused(Refused::Invalid(why)) => denied = Denied::Unknown(Some(why)),
                Outcome::Refused(Refused::Unavailable(why)) => denied = Denied::Unavailable(why),
            }
        }
        if needs_body {
            Ok(Seen::NeedsBody)
        } else {
            Err(denied)
        }
    }

    /// Looks at the body after [`Seen::NeedsBody`]; `now_s` is Unix time.
    ///
    /// # Errors
    /// No signature holds.
    pub(crate) fn verify_body(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now_s: u64,
    ) -> Result<Identity, Denied> {
        let mut denied = Denied::Unknown(None);
        for scheme in &self.any_of {
            let Verifier::Webhook(verifier) = &scheme.verifier else {
                continue;
            };
            match verifier.verify(headers, body, now_s) {
                Ok(()) => {
                    return self.admit(Identity {
                        scheme: scheme.name.clone(),
                        kind: "webhook",
                        subject: None,
                        scopes: Vec::new(),
                        claims: None,
                    });
                }
                Err(why) => denied = Denied::Unknown(Some(why)),
            }
        }
        Err(denied)
    }

    fn admit(&self, identity: Identity) -> Result<Identity, Denied> {
        match self
            .scopes
            .iter()
            .find(|scope| !identity.scopes.contains(scope))
        {
            None => Ok(identity),
            Some(scope) => Err(Denied::Forbidden(scope.clone())),
        }
    }

    /// The answer that says why not.
    pub(crate) fn refuse(&self, denied: &Denied, style: Style) -> Response<ResponseBody> {
        match denied {
            Denied::Unavailable(why) => {
                tracing::warn!(reason = why, "http.auth_unavailable");
                style.unavailable("AUTH_UNAVAILABLE", "callers cannot be verified now")
            }
            Denied::Forbidden(scope) => {
                let message = format!("the scope `{scope}` is needed");
                let mut response = style.error(StatusCode::FORBIDDEN, "FORBIDDEN", &message);
                let error = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
                self.challenge(response.headers_mut(), &error);
                response
            }
            Denied::Unknown(why) => {
                let message = why.unwrap_or("this needs authentication");
                let mut response = style.error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
                let error =
                    why.map(|why| format!("error=\"invalid_token\", error_description=\"{why}\""));
                self.challenge(response.headers_mut(), &error.unwrap_or_default());
                response
            }
        }
    }

    /// One challenge for each scheme that would do; `error` goes with those of tokens.
    fn challenge(&self, headers: &mut HeaderMap, error: &str) {
        for scheme in &self.any_of {
            let text = match &scheme.verifier {
                Verifier::ApiKey(verifier) => {
                    let (place, name) = verifier.place();
                    format!(
                        "ApiKey realm=\"{}\", in=\"{place}\", name=\"{name}\"",
                        scheme.name
                    )
                }
                Verifier::Jwt(_) if error.is_empty() => {
                    format!("Bearer realm=\"{}\"", scheme.name)
                }
                Verifier::Jwt(_) => format!("Bearer realm=\"{}\", {error}", scheme.name),
                Verifier::Webhook(verifier) => {
                    let header = verifier.header();
                    format!("Signature realm=\"{}\", header=\"{header}\"", scheme.name)
                }
            };
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
    }
}

impl Scheme {
    async fn look(&self, headers: &HeaderMap, query: &str) -> Outcome {
        match &self.verifier {
            Verifier::ApiKey(verifier) => match verifier.presented(headers, query) {
                None => Outcome::Absent,
                Some(key) => match verifier.verify(&self.name, &key) {
                    Some(identity) => Outcome::Accepted(identity),
                    None => Outcome::Refused(Refused::Invalid("this API key is not known")),
                },
            },
            Verifier::Jwt(verifier) => match super::jwt::Verifier::presented(headers) {
                None => Outcome::Absent,
                Some(token) => match verifier.verify(&self.name, token).await {
                    Ok(identity) => Outcome::Accepted(identity),
                    Err(refused) => Outcome::Refused(refused),
                },
            },
            Verifier::Webhook(verifier) if verifier.is_presented(headers) => Outcome::NeedsBody,
            Verifier::Webhook(_) => Outcome::Absent,
        }
    }
}
