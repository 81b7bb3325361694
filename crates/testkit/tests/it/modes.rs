//! One worker, one test, both ways of connecting it.

use iii_kit::{
    BoxFuture, Client, Context, HandlerError, RegisterFunction, Running, StartError,
    TriggerRequest, Worker, WorkerOptions,
};
use iii_testkit::{Mode, TestEngine, in_both_modes};
use std::cell::RefCell;

struct Greeter;

impl Worker for Greeter {
    fn options(&self) -> WorkerOptions {
        WorkerOptions::new("greeter")
    }

    fn start(self: Box<Self>, client: Client) -> BoxFuture<'static, Result<Running, StartError>> {
        Box::pin(async move {
            let hello = RegisterFunction::new(|name: String, _: Context| async move {
                Ok::<_, HandlerError>(format!("hello {name}"))
            });
            client.register_function("greeter::hello", hello).await?;
            Ok(Running::idle())
        })
    }
}

#[tokio::test]
async fn a_worker_answers_in_both_modes() {
    let modes = RefCell::new(Vec::new());
    in_both_modes(
        || Box::new(Greeter),
        async |bench| {
            let call = TriggerRequest::new("greeter::hello", "you");
            let answer: String = bench.client.trigger(call).await.unwrap();
            assert_eq!(answer, "hello you");
            modes.borrow_mut().push(bench.mode);
        },
    )
    .await;
    assert_eq!(modes.into_inner(), [Mode::InProcess, Mode::OverWebSocket]);
}

#[tokio::test]
async fn a_reserved_name_needs_trust() {
    let engine = TestEngine::with_reserved_names(&["greeter"]).await;
    let options = iii_kit::ClientOptions::new(WorkerOptions::new("greeter"));
    let stranger = Client::connect(engine.ws_dial(None), options);
    let rejection = iii_testkit::within("the refusal", stranger.wait_ended()).await;
    assert_eq!(rejection.unwrap().code, "WORKER_NAMESPACE_CONFLICT");
    engine.attach_over_ws(Box::new(Greeter)).await.unwrap();
    engine.stop().await;
}
