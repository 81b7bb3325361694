//! Who may connect, over real sockets.

use crate::support::{Refused, Request, Rig, Setup};
use iii_engine::ListenerConfig;

fn guarded() -> Setup {
    Setup::new().listener(|listener| {
        listener.token = Some("s3cret/+".to_owned());
        listener.allowed_origins = vec!["https://app.example".to_owned()];
    })
}

async fn status(request: Request) -> u16 {
    match request.open().await {
        Ok(_) => 101,
        Err(Refused { status, .. }) => status,
    }
}

fn request(rig: &Rig, target: &str) -> Request {
    Request::new(rig.address).target(target)
}

#[test]
fn the_token_may_come_three_ways() {
    guarded().run(async |rig| {
        for path in ["/", "/otel"] {
            let bearer = request(rig, path).header("Authorization", "bearer s3cret/+");
            assert_eq!(status(bearer).await, 101, "{path}");
            let offered = "chat, iii.token.s3cret/+";
            let subprotocol = request(rig, path).header("Sec-WebSocket-Protocol", offered);
            let peer = subprotocol.open().await.expect("a connection");
            let head = peer.head.to_lowercase();
            let chosen = "sec-websocket-protocol: iii.token.s3cret/+\r\n";
            assert!(
                head.contains(chosen),
                "browsers want to see it chosen: {head}"
            );
            let query = request(rig, &format!("{path}?x=1&token=s3cret%2F%2B"));
            assert_eq!(status(query).await, 101, "{path}");
            for wrong in [
                request(rig, path),
                request(rig, path).header("Authorization", "Bearer s3cret"),
                request(rig, path).header("Authorization", "Basic s3cret/+"),
                request(rig, path).header("Sec-WebSocket-Protocol", "iii.token."),
                request(rig, &format!("{path}?token=")),
            ] {
                let refused = wrong.open().await.err().expect("it is refused");
                assert_eq!(refused.status, 401);
                assert!(
                    refused.body.contains("Authorization: Bearer"),
                    "{refused:?}"
                );
                assert!(!refused.body.contains("s3cret"), "{refused:?}");
            }
        }
    });
}

#[test]
fn a_browser_page_must_be_expected() {
    guarded().run(async |rig| {
        let from = |origin: &str| request(rig, "/?token=s3cret%2F%2B").header("Origin", origin);
        assert_eq!(status(from("https://app.example")).await, 101);
        for origin in ["https://evil.example", "null", "http://app.example", ""] {
            assert_eq!(status(from(origin)).await, 403, "{origin}");
        }
    });
}

#[test]
fn loopback_answers_to_loopback_names_only() {
    Setup::new().run(async |rig| {
        let port = rig.address.port();
        for host in [
            format!("localhost:{port}"),
            "LOCALHOST".to_owned(),
            format!("127.0.0.1:{port}"),
            "127.8.8.8".to_owned(),
            format!("[::1]:{port}"),
        ] {
            assert_eq!(status(request(rig, "/").host(&host)).await, 101, "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:80",
            "10.0.0.1",
            "localhost.evil.example",
            "[::2]",
            "",
        ] {
            assert_eq!(status(request(rig, "/").host(host)).await, 403, "{host}");
        }
    });
}

#[test]
fn other_paths_do_not_exist() {
    Setup::new().run(async |rig| {
        for path in ["/x", "/otel/", "/ws", "/ws/channels", "//", "/?/x", "/%2e"] {
            let expected = if path == "/?/x" { 101 } else { 404 };
            assert_eq!(status(request(rig, path)).await, expected, "{path}");
        }
    });
}

#[test]
fn capabilities_are_announced() {
    Setup::new().run(async |rig| {
        let peer = rig.connect().await;
        let head = peer.head.to_lowercase();
        assert!(
            head.contains("x-iii-capabilities: tcp-nodelay\r\n"),
            "{head}"
        );
        assert!(!head.contains("sec-websocket-extensions"), "{head}");
        assert!(!head.contains("sec-websocket-protocol"), "{head}");
    });
}

#[test]
fn nothing_beyond_loopback_without_a_token() {
    Setup::new().run_on(&[1], async |rig| {
        let everywhere = ListenerConfig::new(([0, 0, 0, 0], 0).into());
        let refused = rig.engine.listen(everywhere.clone());
        let words = refused.expect_err("it is refused").to_string();
        assert!(words.contains("token"), "{words}");
        let with_token = ListenerConfig {
            token: Some("t".to_owned()),
            ..everywhere
        };
        let listener = rig.engine.listen(with_token).expect("a listener");
        assert_ne!(listener.address().port(), 0);
    });
}

#[test]
fn a_port_in_use_is_said_so() {
    Setup::new().run_on(&[1], async |rig| {
        let taken = rig.engine.listen(ListenerConfig::new(rig.address));
        let words = taken.expect_err("it is taken").to_string();
        assert!(words.contains(&rig.address.to_string()), "{words}");
    });
}
