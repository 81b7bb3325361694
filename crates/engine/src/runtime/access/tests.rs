use super::*;
use std::net::Ipv4Addr;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn listener() -> ListenerConfig {
    ListenerConfig {
        token: Some("secret".to_owned()),
        operator_token: Some("operator".to_owned()),
        allowed_origins: vec!["http://localhost:5173".to_owned()],
        ..ListenerConfig::new("127.0.0.1:0".parse().unwrap())
    }
}

fn head(path: &str) -> Head<'_> {
    Head {
        path,
        host: Some("localhost:49134"),
        ..Head::default()
    }
}

fn status(head: &Head<'_>, local: IpAddr) -> u16 {
    decide(head, &listener(), local).map_or_else(|refused| refused.status, |_| 101)
}

#[test]
fn a_token_is_needed_and_may_come_three_ways() {
    assert_eq!(status(&head("/"), LOOPBACK), 401);
    let shown = [
        Head {
            authorization: Some("Bearer secret"),
            ..head("/")
        },
        Head {
            authorization: Some("bearer  secret "),
            ..head("/")
        },
        Head {
            query_token: Some("secret"),
            ..head("/")
        },
        Head {
            token_subprotocol: Some("iii.token.secret"),
            ..head("/")
        },
    ];
    for head in shown {
        let admission = decide(&head, &listener(), LOOPBACK);
        assert_eq!(
            admission,
            Ok(Admission::Worker { trusted: false }),
            "{head:?}"
        );
    }
    let wrong = Head {
        authorization: Some("Bearer wrong"),
        ..head("/")
    };
    assert_eq!(status(&wrong, LOOPBACK), 401);
    assert_eq!(status(&head("/otel"), LOOPBACK), 401);
}

#[test]
fn the_operator_token_makes_a_session_trusted() {
    let head = Head {
        query_token: Some("operator"),
        ..head("/")
    };
    assert_eq!(
        decide(&head, &listener(), LOOPBACK),
        Ok(Admission::Worker { trusted: true })
    );
}

#[test]
fn without_a_token_everybody_on_loopback_is_admitted() {
    let open = ListenerConfig {
        token: None,
        ..listener()
    };
    assert_eq!(
        decide(&head("/"), &open, LOOPBACK),
        Ok(Admission::Worker { trusted: false })
    );
    assert_eq!(
        decide(&head("/otel"), &open, LOOPBACK),
        Ok(Admission::Telemetry)
    );
}

#[test]
fn loopback_answers_only_to_loopback_names() {
    let with = |host| Head {
        host,
        query_token: Some("secret"),
        ..head("/")
    };
    for host in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:49134",
        "[::1]:49134",
        "127.8.8.8",
    ] {
        assert_eq!(status(&with(Some(host)), LOOPBACK), 101, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:49134",
        "localhost.evil.example",
        "",
    ] {
        assert_eq!(status(&with(Some(host)), LOOPBACK), 403, "{host}");
    }
    assert_eq!(status(&with(None), LOOPBACK), 400);
    assert_eq!(status(&with(Some("engine.example")), PUBLIC), 101);
}

#[test]
fn browser_pages_must_be_expected() {
    let with = |origin| Head {
        origin: Some(origin),
        query_token: Some("secret"),
        ..head("/")
    };
    assert_eq!(status(&with("http://localhost:5173"), LOOPBACK), 101);
    assert_eq!(status(&with("http://evil.example"), LOOPBACK), 403);
    assert_eq!(status(&with("null"), LOOPBACK), 403);
}

#[test]
fn channels_are_admitted_by_their_key_alone() {
    let whole = Head {
        channel_key: Some("k"),
        channel_direction: Some("write"),
        ..head("/ws/channels/w.1")
    };
    let admission = Admission::Channel {
        id: "w.1".to_owned(),
        key: "k".to_owned(),
        direction: Direction::Write,
    };
    assert_eq!(decide(&whole, &listener(), LOOPBACK), Ok(admission));
    let no_direction = Head {
        channel_direction: None,
        ..whole
    };
    assert_eq!(status(&no_direction, LOOPBACK), 400);
}

#[test]
fn other_paths_do_not_exist() {
    assert_eq!(status(&head("/nowhere"), LOOPBACK), 404);
}
