//! What a request collects on its way to its function.

use crate::auth::Identity;
use crate::rate::Tally;
use http::HeaderMap;
use serde_json::{Map, Value};

/// What a request collects on its way to its function.
#[derive(Default)]
pub(crate) struct Pass {
    pub(super) tally: Tally,
    pub(super) identity: Option<Identity>,
    /// The guard has to see the body.
    pub(super) is_deferred: bool,
    pub(super) context: Map<String, Value>,
    /// The request's headers as middleware changed them.
    pub(crate) headers: Option<HeaderMap>,
}

/// What the payload says beside the request, as JSON text.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) auth: Option<String>,
    pub(crate) context: Option<String>,
}

impl Pass {
    pub(crate) fn extras(&self) -> Extras {
        let identity = self.identity.as_ref();
        Extras {
            auth: identity.map(|identity| identity.to_json().to_string()),
            context: (!self.context.is_empty())
                .then(|| Value::Object(self.context.clone()).to_string()),
        }
    }

    /// Whether the whole body is needed before the function runs: a signature is over it.
    pub(crate) fn needs_body(&self) -> bool {
        self.is_deferred
    }

    /// Tells the client how much it may still ask.
    pub(crate) fn report(&self, headers: &mut HeaderMap) {
        if !self.tally.is_empty() {
            self.tally.write(headers);
        }
    }
}
