use crate::world::*;
use serde_json::json;
#[tokio::test]
async fn scratch() {
    eprintln!("start");
    let world = World::start(Mode::WebSocket, json!({})).await;
    eprintln!("started");
    world.route("GET /a", |_, _| async { Ok(None) }).await;
    eprintln!("routed");
    world.stop().await;
}
