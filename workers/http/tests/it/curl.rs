//! The client that everybody has.

use crate::world::{Mode, World};
use serde_json::json;
use std::net::SocketAddr;
use std::process::Command;

/// What `curl` prints for a path; `None`, told as a skip, where there is no curl.
pub(crate) async fn curl(options: &[&str], address: SocketAddr, path: &str) -> Option<String> {
    let mut command = Command::new("curl");
    command.args([
        "--silent",
        "--show-error",
        "--max-time",
        "30",
        "--noproxy",
        "*",
    ]);
    command.args(options).arg(format!("http://{address}{path}"));
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            iii_testkit::skip("there is no `curl` on this machine");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "curl: {said}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn curl_sends_forms_files_and_streams() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route("POST /up", |input, context| async move {
            let at = if input["files"].is_array() {
                "/files/0/body"
            } else {
                "/request_body"
            };
            let channel = serde_json::from_value(input.pointer(at).unwrap().clone())?;
            let mut reader = context.client().open_reader(&channel);
            let size = reader.read_all(1 << 24).await.unwrap().len();
            Ok(Some(
                json!({ "body": [input["form"], input["files"][0]["filename"], size] }),
            ))
        })
        .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.bin");
    std::fs::write(&path, vec![7; 3 << 20]).unwrap();
    let path = path.to_str().unwrap();
    let form = format!("up=@{path}");
    let Some(sent) = curl(&["-F", "title=x y", "-F", &form], world.address, "/up").await else {
        return;
    };
    let want = json!([{ "title": "x y" }, "data.bin", 3 << 20]);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&sent).unwrap(),
        want
    );
    // Chunked, and only after the server said that it may.
    let options = ["-X", "POST", "-H", "transfer-encoding: chunked", "-T", path];
    let sent = curl(&options, world.address, "/up").await.unwrap();
    assert_eq!(sent, format!("[null,null,{}]", 3 << 20));
    world.stop().await;
}
