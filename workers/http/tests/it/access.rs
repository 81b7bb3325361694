//! The access log.

use crate::client::{Connection, ask};
use crate::world::{Mode, World};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Lines of events, as a subscriber writes them.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The next line of this event, taken out.
    async fn of(&self, event: &str) -> String {
        loop {
            {
                let mut bytes = self.0.lock().unwrap();
                let text = String::from_utf8(bytes.clone()).unwrap();
                if let Some(line) = text.lines().find(|line| line.contains(event)) {
                    let line = line.to_owned();
                    *bytes = text.replacen(&format!("{line}\n"), "", 1).into_bytes();
                    return line;
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn every_answer_is_one_event_with_fields() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // The workers run on the runtime of this test, which is one thread.
    let _subscribed = tracing::subscriber::set_default(subscriber);
    let world = World::start(Mode::Memory, json!({ "access_log": true })).await;
    world
        .route("GET /x/:id", |_, _| async { Ok(Some(json!("four"))) })
        .await;
    let trace = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = ["x-request-id: r1", "user-agent: test/1", trace];
    ask(world.address, "GET /x/7?secret=1", &headers, "").await;
    let line = lines.of("http.request").await;
    for field in [
        "method=\"GET\"",
        "path=\"/x/7\"",
        "route=\"/x/:id\"",
        "function_id=\"app::f0\"",
        "status=200",
        "bytes=6",
        "complete=true",
        "duration_us=",
        "client=127.0.0.1",
        "request_id=\"r1\"",
        "trace_id=\"0af7651916cd43dd8448eb211c80319c\"",
        "user_agent=\"test/1\"",
    ] {
        assert!(line.contains(field), "{field} in {line}");
    }
    assert!(!line.contains("secret"), "{line}");
    ask(world.address, "GET /missing", &[], "").await;
    let line = lines.of("http.request").await;
    assert!(
        line.contains("status=404") && line.contains("route=\"\""),
        "{line}"
    );

    // A client that leaves in the middle of an answer.
    world
        .route("GET /endless", |input, context| async move {
            let mut writer = crate::streams::writer(&input, &context);
            while writer.write("tick".into()).await.is_ok() {
                tokio::task::yield_now().await;
            }
            Ok(None)
        })
        .await;
    let mut connection = Connection::open(world.address).await;
    connection.request("GET /endless", &[], "").await;
    connection.head().await;
    drop(connection);
    let line = lines.of("http.request").await;
    assert!(
        line.contains("status=200") && line.contains("complete=false"),
        "{line}"
    );
    world.stop().await;
}
