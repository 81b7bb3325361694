//! A request that calls a function.

use super::answer::{Terms, answer};
use super::asked::Asked;
use super::exchange::{Exchange, Permits};
use super::gated::AtGate;
use super::intake;
use super::refusal::Refusal;
use super::service::{Answer, Server};
use super::upload::Bounds;
use crate::request::{Channels, Form};
use crate::router::{Binding, Found};
use crate::trigger::Target;
use hyper::body::Incoming;
use iii_kit::FireOptions;
use std::sync::Arc;
use std::time::Duration;

/// A call in progress.
struct Begun {
    exchange: Exchange,
    terms: Terms,
    /// The body still has to be sent, within these bounds.
    raw: Option<Bounds>,
}

impl Server {
    /// Calls the function of a route.
    pub(super) async fn call(
        &self,
        asked: &Asked<'_>,
        mut body: Incoming,
        found: &Found<'_, Target>,
    ) -> Answer {
        let mut at_gate = match self.arrive(asked, found).await {
            Ok(at_gate) => at_gate,
            Err(refusal) => return self.unread(body, refusal.into_response(self.style)),
        };
        let begun = self.begin(asked, &mut body, found, at_gate.as_deref_mut());
        let response = match begun.await {
            Ok(Begun {
                mut exchange,
                terms,
                raw,
            }) => {
                if let Some(bounds) = raw {
                    exchange.stream_body(body, bounds);
                }
                answer(exchange, terms).await
            }
            Err(refusal) => self.unread(body, refusal.into_response(self.style)),
        };
        match at_gate {
            None => response,
            Some(at_gate) => at_gate.leave(response).await,
        }
    }

    /// Takes the body in and begins the function call.
    async fn begin(
        &self,
        asked: &Asked<'_>,
        body: &mut Incoming,
        found: &Found<'_, Target>,
        mut at_gate: Option<&mut AtGate<'_>>,
    ) -> Result<Begun, Refusal> {
        let binding = found.route.binding();
        let target = &binding.target;
        let timeout = target.timeout.unwrap_or_else(|| self.config.timeout());
        let bounds = Bounds {
            bytes_max: target.body_bytes_max.unwrap_or(self.config.body_bytes_max),
            idle: self.config.body_idle_timeout(),
        };
        let terms = intake::Terms {
            accepts: target.accepts.as_deref(),
            bounds,
            time_max: timeout,
            budget: &self.budget,
            whole: at_gate.as_ref().is_some_and(|at| at.pass.needs_body()),
        };
        let mut taken = intake::take(&asked.head.headers, body, &terms).await?;
        let left = timeout.saturating_sub(self.since(asked.started));
        if let Some(at_gate) = at_gate.as_deref_mut() {
            at_gate.enter(&taken).await?;
        }
        let early = at_gate.as_mut().and_then(|at_gate| at_gate.permits.take());
        let permits = early.map_or_else(|| self.permits(target), Ok)?;
        let channels = self.channels(taken.form.as_ref())?;
        let (input, bound) = self.input(asked, found, &taken, &channels, at_gate).await?;
        let mut options = FireOptions::new().timeout(left);
        options.trace = Some(asked.trace(&self.client).clone());
        let call = Box::pin(async move { bound.fire(input, options).await });
        let (client, tasks) = (self.client.clone(), self.tasks.clone());
        let files = taken.form.take().map(|form| form.files).unwrap_or_default();
        let ends: Vec<_> = channels
            .files
            .iter()
            .map(|file| file.writer.clone())
            .collect();
        let mut exchange = Exchange::new(client, tasks, channels, permits, taken.buffered, call);
        if taken.is_whole {
            exchange.offer_body();
        }
        for (file, end) in files.into_iter().zip(&ends) {
            exchange.offer_file(end, file.bytes);
        }
        Ok(Begun {
            exchange,
            terms: self.terms(Arc::clone(binding), left),
            raw: taken.is_raw.then_some(bounds),
        })
    }

    pub(super) fn permits(&self, target: &Target) -> Result<Permits, Refusal> {
        let limit = self.config.concurrency_request_limit;
        let everybody = Arc::clone(&self.calls).try_acquire_owned();
        let everybody = everybody.map_err(|_| Refusal::TooManyCalls { limit })?;
        let route = target.room.as_ref();
        let route = route.map(|room| Arc::clone(room).try_acquire_owned());
        let route = route.transpose().map_err(|_| Refusal::RouteBusy)?;
        Ok((everybody, route))
    }

    pub(super) fn channels(&self, form: Option<&Form>) -> Result<Channels, Refusal> {
        let mint = || self.client.mint_channel_refs().map_err(Refusal::Channel);
        let files = form.map_or(0, |form| form.files.len());
        Ok(Channels {
            request_body: mint()?,
            response: mint()?,
            files: (0..files).map(|_| mint()).collect::<Result<_, _>>()?,
        })
    }

    fn terms(&self, binding: Arc<Binding<Target>>, left: Duration) -> Terms {
        Terms {
            binding,
            style: self.style,
            silence: self.config.response_channel_wait().min(left),
            patience: left,
        }
    }

    fn since(&self, started: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(started)
    }
}
