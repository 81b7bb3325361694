//! WebSocket endpoints.

use crate::client::{Connection, get};
use crate::streams::writer;
use crate::world::{Mode, World, config, in_both_modes};
use futures_util::{SinkExt, StreamExt};
use iii_kit::{ChannelFrame, ChannelRef, Context, HandlerError};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

in_both_modes![
    messages_go_both_ways_and_the_end_too,
    a_client_that_leaves_is_an_end_of_input,
    a_function_that_fails_or_is_quiet_closes,
    a_server_that_stops_says_so,
    a_farewell_is_answered,
    nobody_unknown_gets_in,
];

type Socket = WebSocketStream<TcpStream>;

async fn open(address: SocketAddr, path: &str, origin: Option<&str>) -> Result<Socket, Error> {
    let mut request = format!("ws://{address}{path}")
        .into_client_request()
        .unwrap();
    if let Some(origin) = origin {
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
    }
    let stream = TcpStream::connect(address).await.unwrap();
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    Ok(socket)
}

async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Close(frame) => return frame.unwrap().code.into(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Sends back what it gets, and ends on `end`.
async fn echo(input: Value, context: Context) -> Result<Option<Value>, HandlerError> {
    let channel: ChannelRef = serde_json::from_value(input["request_body"].clone())?;
    let mut reader = context.client().open_reader(&channel);
    let mut writer = writer(&input, &context);
    writer
        .send_message(input["path_params"]["room"].to_string())
        .await
        .unwrap();
    while let Some(frame) = reader.next().await {
        match frame.unwrap() {
            ChannelFrame::Text(text) if &text[..] == b"end" => break,
            ChannelFrame::Text(text) => {
                writer
                    .send_message(String::from_utf8(text.to_vec()).unwrap())
                    .await
                    .unwrap();
            }
            ChannelFrame::Binary(bytes) => writer.write(bytes).await.unwrap(),
        }
    }
    writer.finish().await.unwrap();
    Ok(None)
}

async fn messages_go_both_ways_and_the_end_too(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route_with("GET /ws/:room", json!({ "websocket": true }), echo)
        .await;
    let mut socket = open(world.address, "/ws/7", None).await.unwrap();
    assert_eq!(
        socket.next().await.unwrap().unwrap(),
        Message::text("\"7\"")
    );
    for message in [
        Message::text("hé"),
        Message::binary(vec![1, 2]),
        Message::text(""),
    ] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket.send(Message::text("end")).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1000);
    // An ordinary request is told what this is.
    let plain = get(world.address, "/ws/7").await;
    assert_eq!(
        (plain.status, plain.header("upgrade")),
        (426, Some("websocket"))
    );
    // A page of another host may not use its visitors' cookies.
    let own = format!("http://{}", world.address);
    assert!(open(world.address, "/ws/7", Some(&own)).await.is_ok());
    match open(world.address, "/ws/7", Some("https://evil.example")).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
    world.stop().await;
}

async fn a_client_that_leaves_is_an_end_of_input(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let (tell, mut told) = mpsc::channel(1);
    world
        .route_with(
            "GET /ws",
            json!({ "websocket": true }),
            move |input, context| {
                let tell = tell.clone();
                async move {
                    let channel: ChannelRef =
                        serde_json::from_value(input["request_body"].clone())?;
                    let mut reader = context.client().open_reader(&channel);
                    let ended = reader.read_all(100).await.map(|bytes| bytes.len());
                    tell.send(ended.is_ok()).await.unwrap();
                    context.cancelled().cancelled().await;
                    tell.send(true).await.unwrap();
                    Ok(None)
                }
            },
        )
        .await;
    // In order: the input ends, then the call is cancelled.
    let mut socket = open(world.address, "/ws", None).await.unwrap();
    socket.send(Message::binary(vec![0; 10])).await.unwrap();
    socket.close(None).await.unwrap();
    assert_eq!(told.recv().await, Some(true));
    assert_eq!(told.recv().await, Some(true));
    // Without a word: the input is cut off.
    let socket = open(world.address, "/ws", None).await.unwrap();
    drop(socket);
    assert_eq!(told.recv().await, Some(false));
    assert_eq!(told.recv().await, Some(true));
    world.stop().await;
}

async fn a_farewell_is_answered(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route_with("GET /ws/:room", json!({ "websocket": true }), echo)
        .await;
    let mut socket = open(world.address, "/ws/1", None).await.unwrap();
    let text = socket.next().await.unwrap().unwrap();
    assert_eq!(text, Message::text("\"1\""));
    let (code, reason) = (CloseCode::Normal, "enough".into());
    let frame = CloseFrame { code, reason };
    socket.close(Some(frame)).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1000);
    world.stop().await;
}

#[tokio::test]
async fn a_listener_that_goes_says_so() {
    let plain = json!({ "bind": "127.0.0.1:0" });
    let listeners = json!([{ "bind": "[::1]:0" }, plain]);
    let world = World::start(Mode::Memory, json!({ "listeners": listeners })).await;
    world
        .route_with("GET /ws/:room", json!({ "websocket": true }), echo)
        .await;
    let mut leaving = open(world.endpoints[0].address, "/ws/1", None)
        .await
        .unwrap();
    let mut staying = open(world.endpoints[1].address, "/ws/2", None)
        .await
        .unwrap();
    for (socket, text) in [(&mut leaving, "\"1\""), (&mut staying, "\"2\"")] {
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
    }
    let changed = config(json!({ "listeners": [plain] }));
    world.control.reconfigure(changed).unwrap();
    assert_eq!(close_code(&mut leaving).await, 1001);
    staying.send(Message::text("there")).await.unwrap();
    assert_eq!(
        staying.next().await.unwrap().unwrap(),
        Message::text("there")
    );
    world.stop().await;
}

async fn a_function_that_fails_or_is_quiet_closes(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    let config = json!({ "websocket": true });
    world
        .route_with("GET /fails", config.clone(), |_, _| async {
            Err(HandlerError::failed("no"))
        })
        .await;
    world
        .route_with("GET /quiet", config, |_, _| async { Ok(None) })
        .await;
    let mut socket = open(world.address, "/fails", None).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1011);
    let mut socket = open(world.address, "/quiet", None).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 1000);
    world.stop().await;
}

async fn a_server_that_stops_says_so(mode: Mode) {
    let world = World::start(mode, json!({})).await;
    world
        .route_with("GET /ws/:room", json!({ "websocket": true }), echo)
        .await;
    let mut socket = open(world.address, "/ws/1", None).await.unwrap();
    assert_eq!(
        socket.next().await.unwrap().unwrap(),
        Message::text("\"1\"")
    );
    let (code, ()) = tokio::join!(close_code(&mut socket), world.stop());
    assert_eq!(code, 1001);
}

#[tokio::test]
async fn garbage_after_the_handshake_is_the_end() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route_with("GET /ws/:room", json!({ "websocket": true }), echo)
        .await;
    let mut connection = Connection::open(world.address).await;
    let handshake = [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    connection.request("GET /ws/1", &handshake, "").await;
    assert_eq!(connection.head().await.status, 101);
    // A frame that is not masked, with reserved bits.
    connection.send([0xff, 0x00]).await;
    connection.rest().await;
    world.stop().await;
}

async fn nobody_unknown_gets_in(mode: Mode) {
    let keys = json!([{ "id": "acme", "secret": "acme secret key" }]);
    let scheme = json!({ "type": "api_key", "query": "key", "keys": keys });
    let auth = json!({ "auth": { "schemes": { "partners": scheme } } });
    let world = World::start(mode, auth).await;
    world
        .function("app::knows", |input: Value, _| async move {
            let known = &input["auth"]["subject"];
            let context = json!({ "user": known });
            Ok(Some(json!({ "action": "continue", "context": context })))
        })
        .await;
    let guarded = json!({ "websocket": true, "auth": ["partners"],
        "middleware_function_ids": ["app::knows"] });
    world
        .route_with(
            "GET /guarded",
            guarded,
            |input: Value, context: Context| async move {
                let user = input["context"]["user"].to_string();
                let mut writer = writer(&input, &context);
                writer.send_message(user).await.unwrap();
                writer.finish().await.unwrap();
                Ok(None)
            },
        )
        .await;
    for path in ["/guarded", "/guarded?key=wrong"] {
        match open(world.address, path, None).await {
            Err(Error::Http(reply)) => assert_eq!(reply.status().as_u16(), 401),
            other => panic!("{other:?}"),
        }
    }
    let mut socket = open(world.address, "/guarded?key=acme%20secret+key", None)
        .await
        .unwrap();
    let first = socket.next().await.unwrap().unwrap();
    assert_eq!(first, Message::text("\"acme\""));
    world.stop().await;
}
