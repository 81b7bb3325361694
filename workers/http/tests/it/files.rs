//! Static files.

use crate::client::{Connection, ask, get};
use crate::curl::curl;
use crate::world::{Mode, World};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;

fn folder() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("secret.txt", b"secret");
    write("public/index.html", b"<h1>home</h1>");
    write("public/app.js", b"go()");
    write(
        "public/a b/data.bin",
        &(0..=255).collect::<Vec<u8>>().repeat(1024),
    );
    write("public/.env", b"KEY=1");
    root
}

async fn world(root: &Path, more: serde_json::Value) -> World {
    let mut site = json!({ "folder": root.join("public") });
    for (key, value) in more.as_object().unwrap() {
        site[key] = value.clone();
    }
    let changes = json!({ "static": { "/": site, "/plain/": root.join("public") } });
    World::start(Mode::Memory, changes).await
}

#[tokio::test]
async fn files_are_served_where_no_route_is() {
    let root = folder();
    let world = world(root.path(), json!({ "cache_control": "max-age=60" })).await;
    world
        .route("GET /app.js", |_, _| async { Ok(Some(json!("routed"))) })
        .await;
    world
        .route("POST /index.html", |_, _| async {
            Ok(Some(json!("posted")))
        })
        .await;
    let home = get(world.address, "/").await;
    assert_eq!((home.status, home.text()), (200, "<h1>home</h1>"));
    assert_eq!(
        home.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(home.header("cache-control"), Some("max-age=60"));
    assert_eq!(home.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(get(world.address, "/app.js").await.text(), "\"routed\"");
    assert_eq!(
        get(world.address, "/plain/app.js").await.text(),
        "\"go()\"".trim_matches('"')
    );
    assert_eq!(
        get(world.address, "/index.html").await.text(),
        "<h1>home</h1>"
    );
    assert_eq!(get(world.address, "/missing").await.status, 404);
    assert_eq!(get(world.address, "/app.js/").await.status, 404);
    let posted = ask(world.address, "POST /nothing.js", &[], "").await;
    assert_eq!(posted.status, 404);
    let moved = get(world.address, "/a%20b?x=1").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (308, Some("/a%20b/?x=1"))
    );
    let mut connection = Connection::open(world.address).await;
    connection.request("HEAD /a%20b/data.bin", &[], "").await;
    let head = connection.head().await;
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("262144"))
    );
    connection.request("GET /", &[], "").await;
    assert_eq!(connection.reply().await.text(), "<h1>home</h1>");
    world.stop().await;
}

#[tokio::test]
async fn nothing_outside_is_served() {
    let root = folder();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        root.path().join("secret.txt"),
        root.path().join("public/link.txt"),
    )
    .unwrap();
    let world = world(root.path(), json!({})).await;
    for path in [
        "/../secret.txt",
        "/plain/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/a%20b/..%5c..%5csecret.txt",
        "/plain%2f..%2f..%2fsecret.txt",
        "/link.txt",
        "/.env",
        "/%2eenv",
        "//etc/passwd",
        "/index.html%00.js",
    ] {
        let reply = get(world.address, path).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    // A client that does not tidy up paths, with a real one.
    let told = [
        "--path-as-is",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
    ];
    let status = curl(&told, world.address, "/a%20b/../../secret.txt").await;
    assert!(status.is_none_or(|status| status == "404"));
    // The redirect of a folder stays on this host.
    let moved = get(world.address, "//a%20b").await;
    assert!(
        moved
            .header("location")
            .is_none_or(|to| !to.starts_with("//"))
    );
    world.stop().await;
}

#[tokio::test]
async fn parts_and_conditions_are_honoured() {
    let root = folder();
    let world = world(root.path(), json!({})).await;
    let path = "GET /a%20b/data.bin";
    let part = ask(world.address, path, &["range: bytes=256-258"], "").await;
    assert_eq!((part.status, &part.body[..]), (206, &[0, 1, 2][..]));
    assert_eq!(part.header("content-range"), Some("bytes 256-258/262144"));
    assert_eq!(part.header("content-length"), Some("3"));
    let tail = ask(world.address, path, &["range: bytes=-2"], "").await;
    assert_eq!((tail.status, &tail.body[..]), (206, &[254, 255][..]));
    let beyond = ask(world.address, path, &["range: bytes=262144-"], "").await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some("bytes */262144"))
    );
    let tag = part.header("etag").unwrap();
    let same = format!("if-range: {tag}");
    let kept = ask(world.address, path, &["range: bytes=0-0", &same], "").await;
    assert_eq!(kept.status, 206);
    let changed = ["range: bytes=0-0", "if-range: \"other\""];
    let whole = ask(world.address, path, &changed, "").await;
    assert_eq!((whole.status, whole.body.len()), (200, 262_144));
    let fresh = ask(world.address, path, &[&format!("if-none-match: {tag}")], "").await;
    assert_eq!((fresh.status, fresh.body.len()), (304, 0));
    let since = format!(
        "if-modified-since: {}",
        part.header("last-modified").unwrap()
    );
    assert_eq!(ask(world.address, path, &[&since], "").await.status, 304);
    if let Some(range) = curl(&["-r", "1-2", "-i"], world.address, "/app.js").await {
        assert!(
            range.starts_with("HTTP/1.1 206") && range.ends_with("o("),
            "{range}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn applications_route_for_themselves() {
    let root = folder();
    let world = world(
        root.path(),
        json!({ "fallback": "index.html", "index": null }),
    )
    .await;
    let page = get(world.address, "/orders/7").await;
    assert_eq!((page.status, page.text()), (200, "<h1>home</h1>"));
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(get(world.address, "/../secret.txt").await.status, 404);
    assert_eq!(get(world.address, "/app.js").await.text(), "go()");
    world.stop().await;
}
