//! The clients that people have: each does what it can, over every protocol that it speaks.

use crate::world::{Mode, World};
use bytes::Bytes;
use iii_kit::{ChannelFrame, ChannelRef, Context, HandlerError};
use iii_testkit::Authority;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const PART: usize = 65_536;
const PARTS: usize = 16;

type Output = Result<Option<Value>, HandlerError>;

/// A worker with and without TLS.
struct Site {
    world: World,
    authority: Authority,
    plain: String,
    secure: String,
}

impl Site {
    async fn start() -> Self {
        let authority = Authority::new();
        let files = authority.issue(&["127.0.0.1", "localhost"]);
        let tls = json!({ "cert": files.cert, "key": files.key });
        let listeners = json!([{ "bind": "127.0.0.1:0" }, { "bind": "127.0.0.1:0", "tls": tls }]);
        let world = World::start(Mode::Memory, json!({ "listeners": listeners })).await;
        world
            .route("POST /echo", |input, _| async move {
                let body = json!({ "q": input["query_params"]["q"], "body": input["body"] });
                Ok(Some(json!({ "body": body })))
            })
            .await;
        world.route("POST /count", count).await;
        world.route("GET /stream", stream).await;
        let websocket = json!({ "websocket": true });
        world.route_with("GET /ws", websocket, talk).await;
        let [plain, secure] = [0, 1].map(|index| world.endpoints[index].to_string());
        Self {
            world,
            authority,
            plain,
            secure,
        }
    }

    /// What a program prints; it has to succeed.
    async fn run(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.args(arguments);
        command.env("NODE_EXTRA_CA_CERTS", self.authority.ca_file());
        let running = tokio::task::spawn_blocking(move || command.output());
        let ended = running.await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&ended.stderr);
        let program = program.display();
        assert!(ended.status.success(), "{program}: {told}\n{complaint}");
        told
    }
}

fn channel(input: &Value, name: &str) -> ChannelRef {
    serde_json::from_value(input[name].clone()).unwrap()
}

async fn count(input: Value, context: Context) -> Output {
    let mut reader = context
        .client()
        .open_reader(&channel(&input, "request_body"));
    let mut size = 0;
    while let Some(frame) = reader.next().await {
        if let Ok(ChannelFrame::Binary(bytes)) = frame {
            size += bytes.len();
        }
    }
    Ok(Some(json!({ "body": size })))
}

async fn stream(input: Value, context: Context) -> Output {
    let mut writer = context.client().open_writer(&channel(&input, "response"));
    for _ in 0..PARTS {
        writer.write(Bytes::from(vec![7; PART])).await.unwrap();
    }
    writer.finish().await.unwrap();
    Ok(None)
}

async fn talk(input: Value, context: Context) -> Output {
    let client = context.client();
    let mut reader = client.open_reader(&channel(&input, "request_body"));
    let mut writer = client.open_writer(&channel(&input, "response"));
    while let Some(Ok(frame)) = reader.next().await {
        let sent = match frame {
            ChannelFrame::Binary(bytes) => writer.write(bytes).await,
            ChannelFrame::Text(text) => {
                let text = std::str::from_utf8(&text).unwrap();
                writer.send_message(text).await
            }
        };
        sent.unwrap();
    }
    let _ = writer.finish().await;
    Ok(None)
}

fn program(name: &str) -> String {
    format!("{}/tests/clients/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[tokio::test]
async fn python() {
    let python = match iii_testkit::prepared("http-python") {
        Ok(python) => python,
        Err(reason) => return iii_testkit::skip(&reason),
    };
    let site = Site::start().await;
    let ca = site.authority.ca_file();
    let arguments = [
        &program("python/main.py"),
        &site.plain,
        &site.secure,
        ca.to_str().unwrap(),
    ];
    let told = site.run(python, &arguments).await;
    let worked = "httpx http1\nhttpx http2\nhttpx tls\naiohttp plain\naiohttp tls\n";
    assert_eq!(told, worked);
    site.world.stop().await;
}

#[tokio::test]
async fn node() {
    let folder = match iii_testkit::prepared("http-node") {
        Ok(folder) => folder,
        Err(reason) => return iii_testkit::skip(&reason),
    };
    let site = Site::start().await;
    let main = folder.join("main.mjs");
    let arguments = [main.to_str().unwrap(), &site.plain, &site.secure];
    let told = site.run("node", &arguments).await;
    let worked = "fetch plain\nhttp2 plain\nws plain\nfetch tls\nhttp2 tls\nws tls\n";
    assert_eq!(told, worked);
    site.world.stop().await;
}

#[tokio::test]
async fn curl() {
    let curl = match iii_testkit::prepared("curl") {
        Ok(curl) => curl,
        Err(reason) => return iii_testkit::skip(&reason),
    };
    let site = Site::start().await;
    let ca = site.authority.ca_file();
    let tls = ["--cacert", ca.to_str().unwrap()];
    for (url, version, options) in [
        (&site.plain, "1.1", &["--http1.1"][..]),
        (&site.plain, "2", &["--http2-prior-knowledge"]),
        (&site.secure, "2", &tls),
        (&site.secure, "1.1", &[tls[0], tls[1], "--http1.1"]),
    ] {
        let common = [
            "-sS",
            "--max-time",
            "20",
            "--noproxy",
            "*",
            "-w",
            " %{http_version}",
        ];
        let (echo, stream) = (format!("{url}/echo?q=1"), format!("{url}/stream"));
        let json = ["--json", "[1]", &echo];
        let told = site
            .run(&curl, &[&common, options, &json[..]].concat())
            .await;
        assert_eq!(told, format!("{{\"body\":[1],\"q\":\"1\"}} {version}"));
        let counting = ["-o", "/dev/null", "-w", "%{size_download}", &stream];
        let told = site
            .run(&curl, &[&common, options, &counting[..]].concat())
            .await;
        assert_eq!(told, (PART * PARTS).to_string());
    }
    site.world.stop().await;
}

#[tokio::test]
async fn nghttp_and_h2load() {
    if let Err(reason) = iii_testkit::prepared("nghttp2-client") {
        return iii_testkit::skip(&reason);
    }
    let site = Site::start().await;
    let body = site.authority.folder().join("body.json");
    std::fs::write(&body, "[1]").unwrap();
    let body = body.to_str().unwrap();
    let json = ["-H", "content-type: application/json", "-d", body];
    for url in [&site.plain, &site.secure] {
        let echo = format!("{url}/echo?q=1");
        let told = site
            .run("nghttp", &[&json, &[echo.as_str()][..]].concat())
            .await;
        assert_eq!(told, "{\"body\":[1],\"q\":\"1\"}");
        let load = ["-n", "2000", "-c", "8", "-m", "32", &echo];
        let told = site.run("h2load", &[&json, &load[..]].concat()).await;
        assert!(told.contains("2000 succeeded, 0 failed"), "{told}");
        assert!(told.contains("2000 2xx"), "{told}");
    }
    site.world.stop().await;
}

#[tokio::test]
async fn wrk() {
    if let Err(reason) = iii_testkit::prepared("wrk") {
        return iii_testkit::skip(&reason);
    }
    let site = Site::start().await;
    site.world
        .route("GET /a", |_, _| async { Ok(Some(json!({ "body": 1 }))) })
        .await;
    for url in [&site.plain, &site.secure] {
        let url = format!("{url}/a");
        let told = site.run("wrk", &["-t1", "-c32", "-d1s", &url]).await;
        assert!(!told.contains("Non-2xx"), "{told}");
        assert!(!told.contains("Socket errors"), "{told}");
    }
    site.world.stop().await;
}
