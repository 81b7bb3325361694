//! Calls by way of a queue, on the real binary.

use iii_kit::serde_json::{Value, json};
use iii_kit::{
    Context, EnqueueReceipt, HandlerError, RegisterFunction, TriggerAction, TriggerRequest,
};
use iii_testkit::{EngineProcess, ProcessOptions, connect, within};
use tokio::sync::mpsc;

const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:0
workers:
  - name: iii-queue
    config:
      queue_configs:
        payments: {type: fifo, message_group_field: customer}
";

#[tokio::test(flavor = "multi_thread")]
async fn an_enqueue_action_becomes_a_call_with_a_message_id() {
    let engine = EngineProcess::with(ProcessOptions::with_config(CONFIG));
    let client = connect(engine.url(), "orders").await;
    let (called, mut calls) = mpsc::channel(1);
    let charge = RegisterFunction::new(move |input: Value, context: Context| {
        let called = called.clone();
        async move {
            let delivery = context.delivery().cloned();
            called.send((input, delivery)).await.unwrap();
            Ok::<_, HandlerError>(())
        }
    });
    client
        .register_function("orders::charge", charge)
        .await
        .unwrap();
    let order = json!({ "customer": "c-3", "cents": 250 });
    let enqueue = TriggerAction::Enqueue {
        queue: "payments".into(),
    };
    let call = TriggerRequest::new("orders::charge", &order).action(enqueue);
    let receipt: EnqueueReceipt = client.trigger(call).await.unwrap();
    let (input, delivery) = within("the call", calls.recv()).await.unwrap();
    let delivery = delivery.unwrap();
    assert_eq!(input, order);
    assert_eq!(delivery.message_id, receipt.message_receipt_id);
    assert_eq!(delivery.queue, "payments");
    let elsewhere = TriggerAction::Enqueue {
        queue: "payment".into(),
    };
    let call = TriggerRequest::new("orders::charge", &order).action(elsewhere);
    let refused = client.trigger::<_, Value>(call).await.unwrap_err();
    assert_eq!(refused.code(), "queue_not_found");
    client.shutdown().await;
}
