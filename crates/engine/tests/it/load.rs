//! Many calls: none is lost, none is answered twice.

use crate::support::{Peer, Setup, result_of};
use std::collections::BTreeSet;

const CALLS: usize = 100_000;
const WINDOW: usize = 64;

/// The value of a text field, found without reading the whole message.
fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let key = format!("\"{name}\":\"");
    let at = text.find(&key).expect("the field is there") + key.len();
    text[at..].split('"').next().expect("the end of the text")
}

async fn execute(executor: &mut Peer) {
    for _ in 0..CALLS {
        let text = executor.stream_text().await;
        let answer = result_of(field(&text, "invocation_id"), "1");
        executor.text(&answer).await;
    }
}

async fn call(caller: &mut Peer) {
    let ask = |n: usize| {
        format!(
            r#"{{"type":"invokefunction","invocation_id":"00000000-0000-4000-9000-{n:012}",
                "function_id":"f::a","data":{n}}}"#
        )
    };
    let mut open = BTreeSet::new();
    let mut asked = 0;
    let mut answered = 0;
    while answered < CALLS {
        while asked < CALLS && open.len() < WINDOW {
            caller.text(&ask(asked)).await;
            open.insert(asked);
            asked += 1;
        }
        let text = caller.stream_text().await;
        let id = field(&text, "invocation_id");
        let number = id.rsplit('-').next().and_then(|n| n.parse().ok());
        let number: usize = number.expect("an id of ours");
        assert!(open.remove(&number), "call {number} was answered twice");
        assert!(text.contains("\"result\":1"), "{text}");
        answered += 1;
    }
    assert!(open.is_empty());
}

#[test]
fn a_hundred_thousand_calls_are_all_answered_once() {
    Setup::new().run(async |rig| {
        let mut executor = rig.plain("alpha").await;
        executor.offer("f::a").await;
        let mut caller = rig.connect().await;
        let work = async { tokio::join!(execute(&mut executor), call(&mut caller)) };
        work.await;
        caller.assert_silent().await;
        executor.assert_silent().await;
        assert_eq!(rig.engine.running(), 0);
    });
}
