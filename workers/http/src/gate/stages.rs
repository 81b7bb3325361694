//! The stages of a gate, in the order in which a request meets them.

use super::view::header_object;
use super::{Gate, Pass, View};
use crate::auth::Seen;
use crate::limits::MIDDLEWARE_BODY_BYTES_MAX;
use crate::middleware::{Changes, Failure, Phase, Step, Verdict};
use crate::rate::{Limiter, Moment, Who};
use crate::response::{self, ResponseBody};
use crate::validate::Checker;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body;
use serde_json::{Value, json};
use std::time::Duration;

type Answer = Response<ResponseBody>;
/// Boxed: it is large, and rare.
type Refused = Box<Answer>;

impl Gate {
    /// Before the body is read.
    ///
    /// # Errors
    /// The answer, instead of what the function would say.
    pub(crate) async fn arrive(&self, view: &View<'_>) -> Result<Pass, Refused> {
        let mut pass = Pass::default();
        self.limit(view, Moment::Arrival, &mut pass)?;
        if let Some(guard) = &self.guard {
            match guard.look(&view.head.headers, view.query_text()).await {
                Ok(Seen::Known(identity)) => pass.identity = Some(identity),
                Ok(Seen::NeedsBody) => pass.is_deferred = true,
                Err(denied) => {
                    let answer = guard.refuse(&denied, self.shared.style);
                    return Err(reported(answer, &pass));
                }
            }
        }
        if !pass.is_deferred {
            self.limit(view, Moment::Known, &mut pass)?;
            self.ask(&self.shared.before, view, &mut pass).await?;
        }
        Ok(pass)
    }

    /// Once the body is there: `raw` as it came, `json` if it is that.
    ///
    /// # Errors
    /// The answer, instead of what the function would say.
    pub(crate) async fn enter(
        &self,
        view: &View<'_>,
        pass: &mut Pass,
        raw: &[u8],
        json: &[u8],
    ) -> Result<(), Refused> {
        if let Some(guard) = self.guard.as_ref().filter(|_| pass.is_deferred) {
            let now_s = self.shared.clock.unix_ms() / 1000;
            match guard.verify_body(&view.head.headers, raw, now_s) {
                Ok(identity) => pass.identity = Some(identity),
                Err(denied) => {
                    return Err(reported(guard.refuse(&denied, self.shared.style), pass));
                }
            }
            self.limit(view, Moment::Known, pass)?;
            self.ask(&self.shared.before, view, pass).await?;
        }
        if self.validate {
            let checked = self.validate(view, pass, json).await;
            checked.map_err(|answer| reported(*answer, pass))?;
        }
        Ok(())
    }

    /// Asks the route's own middleware.
    ///
    /// # Errors
    /// The answer, instead of what the function would say.
    pub(crate) async fn ask_route(&self, view: &View<'_>, pass: &mut Pass) -> Result<(), Refused> {
        self.ask(&self.before, view, pass).await
    }

    /// Shows the answer to the middleware of the route, then to that of the worker.
    pub(crate) async fn leave(&self, view: &View<'_>, pass: &Pass, answer: Answer) -> Answer {
        let mut answer = answer;
        for step in self.after.iter().chain(&self.shared.after) {
            match self.review(step, view, pass, answer).await {
                Ok(reviewed) => answer = reviewed,
                Err(failure) => {
                    return self.shared.caller.refuse(step, Phase::PostHandler, failure);
                }
            }
        }
        answer
    }

    fn limit(&self, view: &View<'_>, moment: Moment, pass: &mut Pass) -> Result<(), Refused> {
        let caller = pass.identity.as_ref().map(crate::auth::Identity::caller);
        let who = Who {
            address: view.address,
            headers: &view.head.headers,
            route: &self.route,
            caller: caller.as_deref(),
        };
        let now = self.shared.clock.monotonic();
        let due = |limiter: &&Limiter| limiter.moment() == moment;
        for limiter in self.shared.limits.iter().chain(&self.limits).filter(due) {
            if !limiter.admit(&who, now, &mut pass.tally) {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let message = "too many requests; come back after `Retry-After` seconds";
                let answer = self.shared.style.error(status, "RATE_LIMITED", message);
                return Err(reported(answer, pass));
            }
        }
        Ok(())
    }

    async fn ask(&self, steps: &[Step], view: &View<'_>, pass: &mut Pass) -> Result<(), Refused> {
        for step in steps {
            match self.ask_one(step, view, pass).await {
                Ok(None) => {}
                Ok(Some(answer)) => return Err(reported(answer, pass)),
                Err(failure) => {
                    let caller = &self.shared.caller;
                    let answer = caller.refuse(step, Phase::PreHandler, failure);
                    return Err(reported(answer, pass));
                }
            }
        }
        Ok(())
    }

    /// `Some` is what the function answers instead of the handler.
    async fn ask_one(
        &self,
        step: &Step,
        view: &View<'_>,
        pass: &mut Pass,
    ) -> Result<Option<Answer>, Failure> {
        let mut input = Self::input(Phase::PreHandler, view, pass);
        input["context"] = Value::Object(pass.context.clone());
        let left = self.left(view);
        let caller = &self.shared.caller;
        match caller.ask(step, &input, &view.trace, left).await? {
            Verdict::Continue(changes) => {
                changes.apply_context(&mut pass.context)?;
                changes.apply_request_headers(&view.head.headers, &mut pass.headers)?;
                Ok(None)
            }
            Verdict::Respond(answer) => {
                let answer = response::from_result(&answer).map_err(Failure::Malformed)?;
                Ok(Some(answer))
            }
        }
    }

    fn input(phase: Phase, view: &View<'_>, pass: &Pass) -> Value {
        let headers = pass.headers.as_ref().unwrap_or(&view.head.headers);
        let mut input = json!({
            "phase": phase.as_str(), "request": view.request(headers),
            "context": pass.context,
        });
        if let Some(identity) = &pass.identity {
            input["auth"] = identity.to_json();
        }
        input
    }

    async fn review(
        &self,
        step: &Step,
        view: &View<'_>,
        pass: &Pass,
        answer: Answer,
    ) -> Result<Answer, Failure> {
        let (mut head, body) = answer.into_parts();
        let seen = Shown::of(body).await?;
        let mut input = Self::input(Phase::PostHandler, view, pass);
        input["response"] = seen.describe(head.status, &head.headers);
        let left = self.left(view).max(self.shared.caller.time_max);
        let caller = &self.shared.caller;
        match caller.ask(step, &input, &view.trace, left).await? {
            Verdict::Respond(answer) => response::from_result(&answer).map_err(Failure::Malformed),
            Verdict::Continue(changes) => {
                if let Some(status) = changes.status()? {
                    head.status = status;
                }
                changes.apply_response_headers(&mut head.headers)?;
                let body = seen.changed(&changes, &head.headers)?;
                Ok(Response::from_parts(head, body))
            }
        }
    }

    async fn validate(&self, view: &View<'_>, pass: &Pass, json: &[u8]) -> Result<(), Refused> {
        let style = self.shared.style;
        let Some(bound) = &self.unconditional else {
            return Ok(());
        };
        let function_id = bound.function_id.as_str();
        let described = self
            .shared
            .catalog
            .describe(&self.namespace, function_id)
            .await;
        let described = described.map_err(|error| {
            tracing::warn!(%error, function_id, "http.schema_unavailable");
            Box::new(style.unavailable("SCHEMA_UNAVAILABLE", "the request cannot be checked now"))
        })?;
        // A function that is not there fails when it is called; one without schema takes all.
        let Some(description) = described else {
            return Ok(());
        };
        let Some(schema) = &description.request_schema else {
            return Ok(());
        };
        let checker = description.checker.get_or_init(|| Checker::new(schema));
        let checker = checker.as_ref().map_err(|reason| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Box::new(style.failed(status, "INVALID_SCHEMA", reason, function_id))
        })?;
        let bodiless = matches!(view.head.method.as_str(), "GET" | "HEAD" | "DELETE");
        if checker.is_of_body() && bodiless && json.is_empty() {
            return Ok(());
        }
        let headers = pass.headers.as_ref().unwrap_or(&view.head.headers);
        let mut request = view.request(headers);
        // The body has been checked to be JSON, or there is none.
        request["body"] = serde_json::from_slice(json).unwrap_or(Value::Null);
        let violations = checker.check(&request);
        if violations.is_empty() {
            return Ok(());
        }
        Err(Box::new(style.violations(&violations)))
    }

    fn left(&self, view: &View<'_>) -> Duration {
        view.deadline.saturating_sub(self.shared.clock.monotonic())
    }
}

fn reported(mut answer: Answer, pass: &Pass) -> Refused {
    pass.report(answer.headers_mut());
    Box::new(answer)
}

/// The body of an answer, as middleware gets to see it.
enum Shown {
    Whole(Bytes),
    /// It is streamed, or too large.
    Passing(ResponseBody),
}

impl Shown {
    async fn of(body: ResponseBody) -> Result<Self, Failure> {
        let size = body.size_hint().exact();
        if size.is_none_or(|size| size > MIDDLEWARE_BODY_BYTES_MAX as u64) {
            return Ok(Self::Passing(body));
        }
        match body.collect().await {
            Ok(whole) => Ok(Self::Whole(whole.to_bytes())),
            Err(error) => Err(Failure::Malformed(error.to_string())),
        }
    }

    fn describe(&self, status: StatusCode, headers: &HeaderMap) -> Value {
        let mut seen = json!({
            "status_code": status.as_u16(), "headers": header_object(headers),
        });
        match self {
            Self::Passing(_) => seen["streamed"] = true.into(),
            Self::Whole(bytes) => {
                let json = serde_json::from_slice(bytes).ok();
                let text = || std::str::from_utf8(bytes).ok().map(Value::from);
                let nothing = bytes.is_empty().then_some(Value::Null);
                if let Some(body) = nothing.or(json).or_else(text) {
                    seen["body"] = body;
                }
            }
        }
        seen
    }

    fn changed(self, changes: &Changes, headers: &HeaderMap) -> Result<ResponseBody, Failure> {
        match (self, changes.body(headers)) {
            (Self::Passing(_), Some(_)) => Err(Failure::Malformed(
                "a body for a response that is streamed".into(),
            )),
            (Self::Passing(body), None) => Ok(body),
            (Self::Whole(_), Some(new)) => Ok(ResponseBody::full(new)),
            (Self::Whole(bytes), None) => Ok(ResponseBody::full(bytes)),
        }
    }
}
