//! A request that becomes a WebSocket.

use super::asked::Asked;
use super::intake::Intake;
use super::refusal::Refusal;
use super::service::{Answer, Server};
use crate::limits::WEBSOCKET_CALL_TIME;
use crate::router::Found;
use crate::trigger::Target;
use crate::websocket::{self, Bridge};
use iii_kit::FireOptions;
use std::sync::Arc;

impl Server {
    /// Begins a WebSocket, which goes on when the answer has been sent.
    pub(super) async fn websocket(
        &self,
        asked: &Asked<'_>,
        found: &Found<'_, Target>,
    ) -> Result<Answer, Refusal> {
        let headers = &asked.head.headers;
        let upgrade = asked.upgrade.lock().take();
        let (Some(answer), Some(upgrade)) = (websocket::accept(headers), upgrade) else {
            return Err(Refusal::UpgradeRequired);
        };
        let allowed = || {
            let cors = self.cors.as_ref();
            cors.is_some_and(|cors| cors.allows(headers))
        };
        if !websocket::is_own_page(headers) && !allowed() {
            return Err(Refusal::ForeignPage);
        }
        let binding = Arc::clone(found.route.binding());
        let nothing = Intake::none();
        let mut at_gate = self.arrive(asked, found).await?;
        if let Some(at_gate) = &mut at_gate {
            at_gate.enter(&nothing).await?;
        }
        let early = at_gate.as_mut().and_then(|at_gate| at_gate.permits.take());
        let permits = early.map_or_else(|| self.permits(&binding.target), Ok)?;
        let channels = self.channels(None)?;
        let (payload, bound) = self
            .input(asked, found, &nothing, &channels, at_gate.as_deref_mut())
            .await?;
        let timeout = binding.target.timeout.unwrap_or(WEBSOCKET_CALL_TIME);
        let mut options = FireOptions::new().timeout(timeout);
        options.trace = Some(asked.trace(&self.client).clone());
        let (client, closing) = (self.client.clone(), asked.closing.clone());
        self.tasks.spawn(async move {
            let Ok(upgraded) = upgrade.await else { return };
            let bridge = Bridge {
                call: Box::pin(async move { bound.fire(payload, options).await }),
                incoming: client.open_writer(&channels.request_body.writer),
                outgoing: client.open_reader(&channels.response.reader),
                closing,
            };
            let farewell = bridge.run(upgraded).await;
            tracing::debug!(
                function_id = binding.function_id,
                ?farewell,
                "http.websocket_ended"
            );
            drop(permits);
        });
        Ok(answer)
    }
}
