//! What is left when the engine goes and another one comes.

use crate::support::echo;
use iii_kit::serde_json::json;
use iii_kit::{
    BoxFuture, Client, ClientOptions, ConnectionState, Dial, DialError, RawTriggerRequest,
    RegisterTriggerInput, TriggerStatus, WorkerOptions,
};
use iii_testkit::{TestEngine, eventually, within};
use iii_transport::{ChannelEnd, Connection, Direction};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Dials whichever engine there is at the moment.
#[derive(Clone, Default)]
struct Switch(Arc<Mutex<Option<Arc<dyn Dial>>>>);

impl Switch {
    fn to(&self, dial: Option<Arc<dyn Dial>>) {
        *self.0.lock() = dial;
    }

    fn present(&self) -> Result<Arc<dyn Dial>, DialError> {
        self.0.lock().clone().ok_or_else(|| DialError::Unreachable {
            address: "switch".to_owned(),
            reason: "there is no engine".to_owned(),
        })
    }
}

impl Dial for Switch {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async { self.present()?.dial().await })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        Box::pin(async move {
            let dial = self.present()?;
            dial.dial_channel(channel_id, access_key, direction).await
        })
    }

    fn address(&self) -> &'static str {
        "switch"
    }
}

fn dial(engine: &TestEngine, over_ws: bool) -> Arc<dyn Dial> {
    if over_ws {
        engine.ws_dial(None)
    } else {
        engine.engine().memory_dialer(1)
    }
}

#[tokio::test]
async fn a_worker_comes_back_with_everything_it_had() {
    for over_ws in [false, true] {
        let engine = TestEngine::start().await;
        let switch = Switch::default();
        switch.to(Some(dial(&engine, over_ws)));
        let options = ClientOptions::new(WorkerOptions::new("phoenix"));
        let client = Client::connect(Arc::new(switch.clone()), options);
        client.register_function("echo", echo()).await.unwrap();
        let push = "engine::functions-available";
        let trigger = RegisterTriggerInput::new(push, "echo", &json!({}));
        let trigger = client.register_trigger(trigger).await.unwrap();
        switch.to(None);
        engine.stop().await;
        let away = eventually("the end of the connection", async || {
            (client.connection_state() == ConnectionState::Reconnecting).then_some(())
        });
        away.await;
        assert_eq!(trigger.status(), TriggerStatus::Waiting);
        let waiting = client.trigger_raw(RawTriggerRequest::new("echo", None));
        let waiting = waiting_from_now(waiting).await;

        let engine = TestEngine::start().await;
        switch.to(Some(dial(&engine, over_ws)));
        assert_eq!(within("the call that waited", waiting).await, Ok(None));
        let caller = engine.client("caller").await;
        let call = RawTriggerRequest::new("echo", None).timeout(Duration::from_secs(5));
        assert_eq!(caller.trigger_raw(call).await, Ok(None));
        let bound = eventually("the trigger", async || {
            (trigger.status() == TriggerStatus::Active).then_some(())
        });
        bound.await;
        client.shutdown().await;
        caller.shutdown().await;
        engine.stop().await;
    }
}

/// Polls a future once, so that it is under way.
async fn waiting_from_now<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    tokio::select! {
        biased;
        _ = &mut future => panic!("there is no engine to answer"),
        () = std::future::ready(()) => {}
    }
    future
}
