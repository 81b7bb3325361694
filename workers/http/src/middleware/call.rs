//! Asking one middleware function.

use super::{Changes, Phase, Verdict, change};
use crate::response::ResponseBody;
use crate::response::error::Style;
use http::{HeaderMap, Response, StatusCode};
use iii_kit::{Client, Payload, RawTriggerRequest, Text, TraceContext};
use serde_json::Value;
use std::time::Duration;

/// One function to ask.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) function_id: Text,
    pub(crate) namespace: Text,
}

/// How functions are asked.
pub(crate) struct Caller {
    pub(crate) client: Client,
    /// How long each may take.
    pub(crate) time_max: Duration,
    pub(crate) style: Style,
}

/// Why a function's answer refuses the request.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It answered this, which is not what it has to.
    Malformed(String),
    Failed(iii_kit::Error),
}

impl Caller {
    /// Asks one function within the time that it and the request have.
    pub(crate) async fn ask(
        &self,
        step: &Step,
        input: &Value,
        trace: &TraceContext,
        left: Duration,
    ) -> Result<Verdict, Failure> {
        let input = iii_kit::to_payload(input).map_err(Failure::Failed)?;
        let mut call = RawTriggerRequest::new(step.function_id.clone(), Some(input));
        call.namespace = Some(step.namespace.clone());
        call.timeout = Some(self.time_max.min(left));
        call.trace = Some(trace.clone());
        let answer: Option<Payload> = self
            .client
            .trigger_raw(call)
            .await
            .map_err(Failure::Failed)?;
        Verdict::read(answer.as_ref())
    }

    /// The answer when a function did not say that the request may go on.
    pub(crate) fn refuse(
        &self,
        step: &Step,
        phase: Phase,
        failure: Failure,
    ) -> Response<ResponseBody> {
        let function_id = step.function_id.as_str();
        match failure {
            Failure::Malformed(what) => {
                let phase = phase.as_str();
                let message = format!("the {phase} middleware answered {what}");
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                self.style
                    .failed(status, "MIDDLEWARE_INVALID_ANSWER", &message, function_id)
            }
            Failure::Failed(error) if error.code() == "TIMEOUT" => {
                let status = StatusCode::GATEWAY_TIMEOUT;
                let message = error.to_string();
                self.style
                    .failed(status, "MIDDLEWARE_TIMEOUT", &message, function_id)
            }
            Failure::Failed(error) => self.style.failed_call(&error, function_id),
        }
    }
}

impl Changes {
    /// Changes what the handler sees of the request's headers.
    pub(crate) fn apply_request_headers(
        &self,
        original: &HeaderMap,
        changed: &mut Option<HeaderMap>,
    ) -> Result<(), Failure> {
        if self.request_headers.is_empty() {
            return Ok(());
        }
        let map = changed.get_or_insert_with(|| original.clone());
        change::headers(&self.request_headers, map)
    }

    pub(crate) fn apply_response_headers(&self, map: &mut HeaderMap) -> Result<(), Failure> {
        change::headers(&self.response_headers, map)
    }
}
