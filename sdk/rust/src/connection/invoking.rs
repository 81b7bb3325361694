//! Invocations of this worker's functions.

use super::Driver;
use super::command::Outcome;
use crate::context::{Context, Invocation, with_context, within_context};
use crate::execute::{self, Panicked, Started};
use crate::function::Handler;
use crate::{HandlerError, HandlerFuture, clock};
use iii_protocol::{
    ErrorBody, ErrorCode, InvocationId, InvocationResult, InvokeFunction, Message, Payload, Text,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

type Ran = Result<Option<Payload>, HandlerError>;

/// The invocations that run in tasks of their own.
pub(super) struct Invocations {
    running: HashMap<InvocationId, Context>,
    /// Those of earlier connections: nobody waits for them, but they still take room.
    orphans: usize,
    running_max: usize,
}

impl Invocations {
    pub(super) fn new(running_max: usize) -> Self {
        Self {
            running: HashMap::new(),
            orphans: 0,
            running_max,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.orphans == 0
    }

    fn is_full(&self) -> bool {
        self.running.len() + self.orphans >= self.running_max
    }

    /// The engine says that nobody waits for an invocation any more.
    pub(super) fn cancel(&self, id: &InvocationId) {
        if let Some(context) = self.running.get(id) {
            context.inner.cancel();
        }
    }

    /// Nobody waits for any invocation any more.
    pub(super) fn connection_lost(&mut self) {
        for (_, context) in self.running.drain() {
            context.inner.cancel();
            self.orphans += 1;
        }
    }
}

impl Driver {
    pub(super) fn invoked(&mut self, invoke: InvokeFunction) {
        let Some(id) = invoke.invocation_id.clone() else {
            tracing::warn!(function_id = %invoke.function_id, "invocation without an id ignored");
            return;
        };
        let function_id = invoke.function_id.clone();
        if let Some((result, quiet)) = self.start(id.clone(), invoke) {
            self.answer(id, function_id, result, quiet);
        }
    }

    /// Starts a handler; `Some` when it has ended already, with whether it was quiet.
    fn start(&mut self, id: InvocationId, mut invoke: InvokeFunction) -> Option<(Ran, bool)> {
        let function_id = invoke.function_id.clone();
        let client = self.client()?;
        let Some(function) = self.registry.function(&function_id) else {
            return Some((Err(unknown(&function_id)), true));
        };
        if self.invocations.is_full() {
            return Some((Err(full(self.invocations.running_max)), true));
        }
        let data = invoke.data.take();
        let context = Context::new(Invocation::new(
            id.clone(),
            invoke,
            self.now,
            self.epoch,
            client,
        ));
        if function.pace.in_task() {
            let handler = Arc::clone(&function.handler);
            self.invocations.running.insert(id, context.clone());
            self.tasks
                .spawn(run_all(handler, data, context, self.report.clone()));
            return None;
        }
        let make = || (function.handler)(data, context.clone());
        let (started, took) = timed(&context, make);
        function.pace.ran(took);
        match started {
            Started::Ended(ended) => {
                let result = result_of(&context, ended);
                Some((result, context.inner.is_quiet()))
            }
            Started::Waits(future) => {
                self.invocations.running.insert(id, context.clone());
                self.tasks
                    .spawn(run_rest(future, context, self.report.clone()));
                None
            }
        }
    }

    /// A handler's task reports.
    pub(super) fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Invocation {
                epoch,
                id,
                function_id,
                took,
                result,
            } => {
                if let (Some(took), Some(function)) = (took, self.registry.function(&function_id)) {
                    function.pace.ran(took);
                }
                let running = (epoch == self.epoch)
                    .then(|| self.invocations.running.remove(&id))
                    .flatten();
                if let Some(context) = running {
                    self.answer(id, function_id, result, context.inner.is_quiet());
                } else {
                    self.invocations.orphans = self.invocations.orphans.saturating_sub(1);
                }
            }
            Outcome::Operation {
                epoch,
                trigger_type,
                answer,
            } => self.operation_ended(epoch, &trigger_type, answer),
        }
    }

    fn answer(&mut self, id: InvocationId, function_id: Text, result: Ran, quiet: bool) {
        let limit = self.options.limits.message_bytes_max;
        let nothing = matches!(&result, Ok(output) if output.as_ref().is_none_or(Payload::is_null));
        let (result, error) = match result {
            Ok(Some(output)) if output.len() > limit => (None, Some(too_large(&output, limit))),
            Ok(output) => (output, None),
            Err(error) => (None, Some(body(&error, self.options.development))),
        };
        self.link.send(&Message::InvocationResult(InvocationResult {
            invocation_id: id,
            function_id: Some(function_id),
            result,
            error,
            quiet: quiet && nothing,
            ..InvocationResult::default()
        }));
    }
}

/// Starts a handler and says how long it ran before it ended or first waited.
fn timed(context: &Context, make: impl FnOnce() -> HandlerFuture) -> (Started<Ran>, Duration) {
    let began = clock::now();
    let started = with_context(context, || execute::start(make));
    (started, clock::now() - began)
}

/// Runs a handler from its start.
async fn run_all(
    handler: Handler,
    data: Option<Payload>,
    context: Context,
    report: mpsc::Sender<Outcome>,
) {
    let given = context.clone();
    let (started, took) = timed(&context, move || handler(data, given));
    let ended = within_context(context.clone(), execute::end(started)).await;
    tell(context, Some(took), ended, report).await;
}

/// Runs what is left of a handler that waits.
async fn run_rest(future: HandlerFuture, context: Context, report: mpsc::Sender<Outcome>) {
    let ended = within_context(context.clone(), execute::finish(future)).await;
    tell(context, None, ended, report).await;
}

async fn tell(
    context: Context,
    took: Option<Duration>,
    ended: Result<Ran, Panicked>,
    report: mpsc::Sender<Outcome>,
) {
    let result = result_of(&context, ended);
    let outcome = Outcome::Invocation {
        epoch: context.inner.epoch,
        id: context.inner.id.clone(),
        function_id: context.inner.function_id.clone(),
        took,
        result,
    };
    // When the client has ended nobody wants to know.
    let _ = report.send(outcome).await;
}

/// What a handler ended with, also by a panic.
fn result_of(context: &Context, ended: Result<Ran, Panicked>) -> Ran {
    let result = ended.unwrap_or_else(|cause| Err(failed(&cause)));
    context.inner.around.end(result.as_ref().err());
    result
}

fn body(error: &HandlerError, development: bool) -> Payload {
    let body = ErrorBody {
        code: error.code.as_ref().into(),
        message: error.message.as_str().into(),
        stacktrace: development.then(|| error.whereabouts().into()),
        details: error.details_payload().map(Box::new),
    };
    body.to_payload()
}

fn too_large(output: &Payload, limit: usize) -> Payload {
    let size = output.len();
    let message = format!("the result has {size} bytes, the limit is {limit}");
    ErrorBody::new(ErrorCode::PayloadTooLarge, message).to_payload()
}

fn unknown(function_id: &Text) -> HandlerError {
    let code = ErrorCode::FunctionNotFound.as_str();
    HandlerError::new(code, format!("this worker does not offer `{function_id}`"))
}

fn full(limit: usize) -> HandlerError {
    let code = ErrorCode::Overloaded.as_str();
    HandlerError::new(
        code,
        format!("the worker runs `invocations_max` ({limit}) invocations already"),
    )
}

fn failed(cause: &Panicked) -> HandlerError {
    HandlerError::failed(format!("the handler panicked: {}", cause.0))
}
