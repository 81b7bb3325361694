//! Calls.

use super::iii_helpers::observability::active_trace;
use super::protocol::{DEFAULT_NAMESPACE, TriggerRequest, TriggerRequestWithMetadata};
use super::{Error, IIIClient};
use crate::RawTriggerRequest;
use crate::codec::{from_payload, value_payload};
use crate::telemetry::current_trace;
use serde_json::Value;
use std::time::Duration;

/// Functions that the engine itself offers, in the default namespace.
const ENGINE_PREFIXES: [&str; 2] = ["engine::", "configuration::"];

impl IIIClient {
    /// Calls a function. Without a namespace in the request it is one of this worker's namespace,
    /// or the engine's own. Inside a handler the call continues the handler's trace.
    ///
    /// # Errors
    /// See [`Error`].
    ///
    /// ```no_run
    /// # use iii_kit::published::{Error, IIIClient, TriggerAction};
    /// # use iii_kit::published::protocol::TriggerRequest;
    /// # use iii_kit::serde_json::json;
    /// # async fn example(worker: IIIClient) -> Result<(), Error> {
    /// let four = worker.trigger(TriggerRequest::new("math::double", json!(2))).await?;
    /// let notify = TriggerRequest {
    ///     action: Some(TriggerAction::Void),
    ///     ..TriggerRequest::new("orders::notify", json!({ "id": "o1" }))
    /// };
    /// worker.trigger(notify.metadata(json!({ "tenant": "acme" }))).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn trigger(
        &self,
        request: impl Into<TriggerRequestWithMetadata>,
    ) -> Result<Value, Error> {
        let call = call(request.into(), self.namespace())?;
        let answer = self.inner.client.trigger_raw(call).await;
        let answer = answer.and_then(|answer| from_payload(answer.as_ref()));
        answer.map_err(|error| self.failed(error))
    }
}

fn call(
    request: TriggerRequestWithMetadata,
    own: Option<String>,
) -> Result<RawTriggerRequest, Error> {
    let TriggerRequestWithMetadata {
        request,
        metadata,
        namespace,
    } = request;
    let TriggerRequest {
        function_id,
        payload,
        action,
        timeout_ms,
    } = request;
    let namespace = function_namespace(namespace, own, &function_id)?;
    // Published calls know nothing of the invocation they are made in, and outlive it.
    let mut call = RawTriggerRequest::new(function_id, Some(value_payload(&payload))).detached();
    call.action = action.map(Into::into);
    call.timeout = timeout_ms.map(Duration::from_millis);
    call.metadata = metadata.as_ref().map(value_payload);
    call.namespace = namespace.map(Into::into);
    // What OpenTelemetry knows of here, the call finds by itself.
    call.trace = current_trace().is_none().then(active_trace).flatten();
    Ok(call)
}

/// Where a function is looked for.
pub(super) fn function_namespace(
    given: Option<String>,
    own: Option<String>,
    function_id: &str,
) -> Result<Option<String>, Error> {
    let is_engine = ENGINE_PREFIXES
        .iter()
        .any(|prefix| function_id.starts_with(prefix));
    match named_namespace(given)? {
        None if is_engine => Ok(Some(DEFAULT_NAMESPACE.to_owned())),
        None => Ok(own),
        given => Ok(given),
    }
}

/// A namespace that somebody named, or none.
pub(super) fn named_namespace(given: Option<String>) -> Result<Option<String>, Error> {
    match given {
        Some(blank) if blank.trim().is_empty() => Err(Error::Handler(
            "the namespace is blank: name it, or leave it away for the worker's own".to_owned(),
        )),
        given => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::TriggerAction;
    use serde_json::json;

    fn namespace(given: Option<&str>, own: Option<&str>, id: &str) -> Option<String> {
        function_namespace(given.map(str::to_owned), own.map(str::to_owned), id).unwrap()
    }

    #[test]
    fn a_call_goes_to_its_namespace_the_engines_or_the_workers() {
        assert_eq!(namespace(None, None, "a::b"), None);
        assert_eq!(namespace(None, Some("own"), "a::b").unwrap(), "own");
        assert_eq!(namespace(Some("x"), Some("own"), "a::b").unwrap(), "x");
        for id in ["engine::functions::list", "configuration::get"] {
            assert_eq!(namespace(None, Some("own"), id).unwrap(), "default");
            assert_eq!(namespace(Some("x"), Some("own"), id).unwrap(), "x");
        }
    }

    #[test]
    fn a_blank_namespace_is_refused() {
        let refused = function_namespace(Some(" ".to_owned()), None, "a::b");
        assert!(matches!(refused, Err(Error::Handler(_))));
    }

    #[test]
    fn a_request_is_passed_on_whole() {
        let request = TriggerRequest {
            action: Some(TriggerAction::Void),
            timeout_ms: Some(200),
            ..TriggerRequest::new("a::b", json!({"n": 1}))
        };
        let call = call(request.metadata(json!("m")), Some("own".to_owned())).unwrap();
        assert_eq!(call.payload.unwrap().as_bytes(), br#"{"n":1}"#);
        assert_eq!(call.metadata.unwrap().as_bytes(), br#""m""#);
        assert_eq!(call.action, Some(crate::TriggerAction::Void));
        assert_eq!(call.timeout, Some(Duration::from_millis(200)));
        assert_eq!(call.namespace.as_deref(), Some("own"));
        assert!(call.detached);
    }
}
