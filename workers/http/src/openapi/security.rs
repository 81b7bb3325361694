//! Schemes of `auth` as OpenAPI says them. Nothing of their secrets is here to begin with.

use crate::auth::{Guard, Scheme, Verifier};
use serde_json::{Value, json};

/// How a scheme is described.
pub(super) fn scheme(scheme: &Scheme) -> Value {
    match &scheme.verifier {
        Verifier::ApiKey(verifier) => {
            let (place, name) = verifier.place();
            json!({ "type": "apiKey", "in": place, "name": name })
        }
        Verifier::Jwt(_) => json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }),
        Verifier::Webhook(verifier) => json!({
            "type": "apiKey", "in": "header", "name": verifier.header(),
            "description": "A signature over the body.",
        }),
    }
}

/// What one route asks for: any one of its schemes, with all scopes.
pub(super) fn requirement(guard: &Guard) -> Value {
    let one = |scheme: &std::sync::Arc<Scheme>| {
        let name = scheme.name.as_str();
        json!({ name: guard.scopes })
    };
    guard.any_of.iter().map(one).collect()
}
