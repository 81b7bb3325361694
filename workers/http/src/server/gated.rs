//! A request on a route that has a gate.

use super::asked::{Asked, payload};
use super::exchange::Permits;
use super::intake::Intake;
use super::refusal::Refusal;
use super::service::{Answer, Server};
use crate::gate::{Gate, Pass, View};
use crate::request::Channels;
use crate::router::{Binding, Found};
use crate::trigger::{Shut, Target};
use iii_kit::{BoundTrigger, BoxFuture, FireOptions, Firing, Payload};
use std::sync::Arc;

/// A request that has passed the first half of its gate.
pub(super) struct AtGate<'a> {
    pub(super) gate: &'a Gate,
    view: View<'a>,
    pub(super) pass: Pass,
    /// Taken early when functions were asked already.
    pub(super) permits: Option<Permits>,
}

/// How a function is called.
pub(super) enum Fired {
    Conditionally(Arc<Binding<Target>>),
    /// Its condition has been asked already.
    Unconditionally(Arc<Binding<Target>>),
}

impl Fired {
    pub(super) async fn fire(
        &self,
        input: Payload,
        options: FireOptions,
    ) -> Result<Firing, iii_kit::Error> {
        let bound = match self {
            Self::Conditionally(binding) => &binding.target.bound,
            Self::Unconditionally(binding) => {
                let gate = binding.target.gate().ok().flatten();
                let unconditional = gate.and_then(|gate| gate.unconditional.as_ref());
                unconditional.unwrap_or(&binding.target.bound)
            }
        };
        bound.fire_fully(input, options).await
    }
}

impl Server {
    /// Takes a request to the gate of its route; `None` if there is none.
    pub(super) async fn arrive<'a>(
        &self,
        asked: &'a Asked<'_>,
        found: &'a Found<'_, Target>,
    ) -> Result<Option<Box<AtGate<'a>>>, Refusal> {
        let target = &found.route.binding().target;
        let Some(gate) = target.gate().map_err(|Shut| Refusal::Shut)? else {
            return Ok(None);
        };
        let timeout = target.timeout.unwrap_or_else(|| self.config.timeout());
        let view = View {
            head: asked.head,
            address: asked.origin.address,
            pattern: Some(&found.route.pattern),
            captures: &found.captures,
            trace: asked.trace(&self.client).clone(),
            deadline: asked.started + timeout,
        };
        let permits = gate
            .asks_first()
            .then(|| self.permits(target))
            .transpose()?;
        let pass = Box::pin(gate.arrive(&view)).await?;
        Ok(Some(Box::new(AtGate {
            gate,
            view,
            pass,
            permits,
        })))
    }

    /// What the function gets, once whoever is asked between condition and function has agreed.
    pub(super) async fn input(
        &self,
        asked: &Asked<'_>,
        found: &Found<'_, Target>,
        taken: &Intake,
        channels: &Channels,
        at_gate: Option<&mut AtGate<'_>>,
    ) -> Result<(Payload, Fired), Refusal> {
        let binding = Arc::clone(found.route.binding());
        let Some(at_gate) = at_gate else {
            let input = payload(asked, found, taken, channels, None)?;
            return Ok((input, Fired::Conditionally(binding)));
        };
        let input = payload(asked, found, taken, channels, Some(&at_gate.pass))?;
        if !at_gate.gate.asks_last() {
            return Ok((input, Fired::Conditionally(binding)));
        }
        at_gate.ask(self, &binding.target.bound, &input).await?;
        let input = payload(asked, found, taken, channels, Some(&at_gate.pass))?;
        Ok((input, Fired::Unconditionally(binding)))
    }

    /// Takes an answer that no function gives, such as a file, through what holds for all routes.
    /// Boxed, so that requests of functions need not carry the room for it.
    pub(super) fn guarded<'a>(
        &'a self,
        asked: &'a Asked<'_>,
        answer: impl Future<Output = Answer> + Send + 'a,
    ) -> BoxFuture<'a, Answer> {
        Box::pin(self.guard(asked, answer))
    }

    async fn guard(&self, asked: &Asked<'_>, answer: impl Future<Output = Answer>) -> Answer {
        let Some(gate) = &self.front.common else {
            return answer.await;
        };
        let view = View {
            head: asked.head,
            address: asked.origin.address,
            pattern: None,
            captures: &[],
            trace: asked.trace(&self.client).clone(),
            deadline: asked.started + self.config.timeout(),
        };
        let passed = async {
            let mut pass = gate.arrive(&view).await?;
            gate.enter(&view, &mut pass, &[], &[]).await?;
            Ok::<Pass, Box<Answer>>(pass)
        };
        match passed.await {
            Ok(pass) => {
                let mut answer = gate.leave(&view, &pass, answer.await).await;
                pass.report(answer.headers_mut());
                answer
            }
            Err(refused) => *refused,
        }
    }
}

impl AtGate<'_> {
    /// With the body.
    pub(super) async fn enter(&mut self, taken: &Intake) -> Result<(), Refusal> {
        let raw = &taken.buffered.bytes;
        let entering = self
            .gate
            .enter(&self.view, &mut self.pass, raw, &taken.json);
        Ok(Box::pin(entering).await?)
    }

    /// Asks the condition and then the route's own functions; the payload may change.
    pub(super) async fn ask(
        &mut self,
        server: &Server,
        bound: &BoundTrigger,
        payload: &Payload,
    ) -> Result<(), Refusal> {
        let left = self.view.deadline.saturating_sub(server.clock.monotonic());
        let mut options = FireOptions::new().timeout(left);
        options.trace = Some(self.view.trace.clone());
        let condition = bound.is_allowed(payload, &options).await;
        let refused = match condition {
            Ok(true) => None,
            Ok(false) => Some(server.style.condition_not_met()),
            Err(failure) => Some(server.style.failed_call(&failure, &bound.function_id)),
        };
        if let Some(refused) = refused {
            return Err(Box::new(refused).into());
        }
        let asking = self.gate.ask_route(&self.view, &mut self.pass);
        Ok(Box::pin(asking).await?)
    }

    /// Shows the answer to those who look back, and reports limits.
    pub(super) async fn leave(&self, answer: Answer) -> Answer {
        let mut answer = if self.gate.looks_back() {
            Box::pin(self.gate.leave(&self.view, &self.pass, answer)).await
        } else {
            answer
        };
        self.pass.report(answer.headers_mut());
        answer
    }
}
