//! References to channels: good for one attach at each end, for so long.

use crate::channel_ends::{End, Pair, attach, mint, read_all, receive, socket};
use crate::support::{Refused, Request, Rig, Setup, patient};
use base64::Engine as _;
use iii_engine::core::ChannelKeys;
use iii_transport::{Closed, Dial, DialError, Direction, close_code};
use serde_json::json;
use std::sync::Arc;

/// Both kinds of ways to the engine.
fn ways(rig: &Rig) -> [Arc<dyn Dial>; 2] {
    [socket(rig), rig.engine.memory_dialer(1)]
}

async fn refused(dial: &dyn Dial, id: &str, key: &str, direction: Direction) -> u16 {
    match dial.dial_channel(id, key, direction).await {
        Err(DialError::Refused { status, .. }) => status,
        Err(error) => panic!("not refused: {error}"),
        Ok(_) => 101,
    }
}

#[test]
fn a_reference_needs_its_own_key() {
    Setup::new().run(async |rig| {
        for dial in ways(rig) {
            let Pair { id, write, read } = mint(rig, None).await;
            let other = mint(rig, None).await;
            for (id, key, direction) in [
                (&*id, "", Direction::Read),
                (&*id, "guess", Direction::Read),
                // The key of the other end, of another channel, and other channels with this key.
                (&*id, &*write, Direction::Read),
                (&*id, &*read, Direction::Write),
                (&*id, &*other.read, Direction::Read),
                (&*other.id, &*read, Direction::Read),
                (&*format!("{id}0"), &*read, Direction::Read),
                (&*format!("{id}.9"), &*read, Direction::Read),
                ("nonsense", &*read, Direction::Read),
                ("a.b.c.d", &*read, Direction::Read),
                (
                    "00000000-0000-7000-8000-000000000000.1",
                    &*read,
                    Direction::Read,
                ),
            ] {
                assert_eq!(refused(&*dial, id, key, direction).await, 404, "{id}");
            }
            // None of that has used the reference up.
            let _end = attach(&*dial, &Pair { id, write, read }, Direction::Read).await;
        }
    });
}

#[test]
fn each_end_attaches_once() {
    Setup::new().run(async |rig| {
        for dial in ways(rig) {
            let pair = mint(rig, None).await;
            let reader = attach(&*dial, &pair, Direction::Read).await;
            let again = refused(&*dial, &pair.id, &pair.read, Direction::Read).await;
            assert_eq!(again, 404, "while it waits");
            let writer = attach(&*dial, &pair, Direction::Write).await;
            let again = refused(&*dial, &pair.id, &pair.write, Direction::Write).await;
            assert_eq!(again, 404, "while it runs");
            drop((reader, writer));
            let again = refused(&*dial, &pair.id, &pair.read, Direction::Read).await;
            assert_eq!(again, 404, "when it is over");
        }
    });
}

#[test]
fn bad_requests_are_told_what_is_wrong() {
    Setup::new().run(async |rig| {
        let Pair { id, read, .. } = mint(rig, None).await;
        for (target, status, body) in [
            (format!("/ws/channels/{id}?key={read}"), 400, "`dir`"),
            (
                format!("/ws/channels/{id}?key={read}&dir=both"),
                400,
                "`dir`",
            ),
            (
                format!("/ws/channels/{id}?dir=read"),
                404,
                "Channel not found",
            ),
        ] {
            let request = Request::new(rig.address).target(&target);
            let Refused {
                status: is,
                body: said,
            } = request.open().await.err().expect("refused");
            assert_eq!(is, status, "{target}");
            assert!(said.contains(body), "{said}");
        }
    });
}

#[test]
fn a_channel_needs_no_token_but_its_key() {
    let setup = Setup::new().listener(|listener| listener.token = Some("t".to_owned()));
    setup.run(async |rig| {
        let opened = Request::new(rig.address).target("/?token=t").open().await;
        let mut peer = opened.expect("a connection");
        peer.welcome().await;
        let minted = peer.call("engine::channels::create", json!({})).await;
        let reader = minted.expect("a channel")["reader"].clone();
        let text = |field: &str| reader[field].as_str().expect(field).to_owned();
        let (id, key) = (text("channel_id"), text("access_key"));
        let end = socket(rig).dial_channel(&id, &key, Direction::Read).await;
        assert!(end.is_ok(), "possession of the key is enough");
    });
}

#[test]
fn an_end_whose_peer_never_comes_is_let_go() {
    let setup = Setup::new().limits(|limits| limits.channel_ttl_ms = 150);
    setup.run(async |rig| {
        for dial in ways(rig) {
            let pair = mint(rig, None).await;
            let mut reader = attach(&*dial, &pair, Direction::Read).await;
            let (_, _, closed) = read_all(&mut reader).await;
            let expired = Closed::ByPeer {
                code: Some(close_code::EXPIRED),
            };
            assert_eq!(closed, expired);
            let late = refused(&*dial, &pair.id, &pair.write, Direction::Write).await;
            assert_eq!(late, 404, "the reference has expired with it");
        }
    });
}

#[test]
fn workers_mint_references_themselves() {
    const DAY_MS: u64 = 24 * 3600 * 1000;
    Setup::new().run(async |rig| {
        let opened = Request::new(rig.address).open().await;
        let mut peer = opened.expect("a connection");
        let welcome = peer.next().await;
        let secret = welcome["channel_secret"].as_str().expect("a secret");
        let secret = base64::engine::general_purpose::STANDARD.decode(secret);
        let secret: [u8; 32] = secret.expect("base64").try_into().expect("32 bytes");
        let worker_id = welcome["worker_id"].as_str().expect("an id");
        let pair = |number: u64| {
            let id = format!("{worker_id}.{number}");
            let ChannelKeys { read, write } = ChannelKeys::derive(&secret, &id);
            Pair { id, write, read }
        };
        let minted = pair(1);
        let dial = socket(rig);
        let mut writer: End = attach(&*dial, &minted, Direction::Write).await;
        let mut reader: End = attach(&*dial, &minted, Direction::Read).await;
        writer.close(close_code::FINISHED);
        crate::channel_ends::flush(&mut writer).await;
        let ended = receive(&mut reader).await;
        assert!(ended.is_err());
        // The upper bits of the number are its age; nothing comes from the far future.
        let early = pair(DAY_MS << 16);
        let status = refused(&*dial, &early.id, &early.read, Direction::Read).await;
        assert_eq!(status, 404);
    });
}

#[test]
fn so_many_channels_at_once() {
    let setup = Setup::new().limits(|limits| limits.channels_max = 2);
    for way in 0..2 {
        setup.clone().run(async |rig| {
            let dial = &ways(rig)[way];
            let pairs = [
                mint(rig, None).await,
                mint(rig, None).await,
                mint(rig, None).await,
            ];
            let mut waiting = attach(&**dial, &pairs[0], Direction::Read).await;
            let reader = attach(&**dial, &pairs[1], Direction::Read).await;
            let third = refused(&**dial, &pairs[2].id, &pairs[2].read, Direction::Read).await;
            assert_eq!(third, 503);
            // The other end of one that waits is always let in.
            let mut writer = attach(&**dial, &pairs[0], Direction::Write).await;
            writer.close(close_code::FINISHED);
            crate::channel_ends::flush(&mut writer).await;
            let _ = read_all(&mut waiting).await;
            drop((waiting, writer));
            let again = async {
                loop {
                    let pair = mint(rig, None).await;
                    let status = refused(&**dial, &pair.id, &pair.read, Direction::Read).await;
                    if status == 101 {
                        break;
                    }
                }
            };
            patient("there is room again", again).await;
            drop(reader);
        });
    }
}
