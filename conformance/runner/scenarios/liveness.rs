//! A connection that is dead, one that cannot be had, and one that is refused for good.

use super::group;
use crate::bench::Bench;
use crate::client::Client;
use crate::clock;
use crate::fake::{FakeEngine, Frame};
use anyhow::{Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

group!("liveness":
    a_silent_engine_is_asked_and_then_given_up,
    an_engine_that_answers_is_kept,
    a_ping_is_answered,
    pauses_double_with_jitter,
    a_rejection_ends_the_client_once,
    a_reserved_name_ends_the_client_once,
    a_refused_upgrade_ends_the_client,
    a_temporary_refusal_is_tried_again,
);

const HEARTBEAT_MS: u64 = 300;
/// The machine's own delays on top of a pause.
const SLACK: Duration = Duration::from_secs(2);

fn with_heartbeat(bench: &mut Bench, fake: &FakeEngine) -> Result<Client> {
    let options = json!({ "heartbeat_ms": HEARTBEAT_MS });
    Client::connecting(bench.driver()?, fake.url(), "client", &options)
}

fn a_silent_engine_is_asked_and_then_given_up(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    let client = with_heartbeat(bench, &fake)?;
    let mut peer = fake.welcome()?;
    client.reaches("connected")?;
    let call = client.start("f", json!(1))?;
    peer.expect_call("f")?;
    // From now on nothing comes from here. The client asks for a sign of life, ...
    let silent = clock::now();
    let asks = |frame: &Frame| match frame {
        Frame::Ping(_) => true,
        Frame::Text(text) => {
            serde_json::from_slice::<Value>(text).is_ok_and(|message| message["type"] == "ping")
        }
        _ => false,
    };
    while !asks(&peer.receive()?) {}
    // ... and without one it gives the connection and the calls on it up.
    call.wait()?.fails_with("connection_lost")?;
    let took = silent.elapsed();
    let longest = Duration::from_millis(4 * HEARTBEAT_MS) + SLACK;
    ensure!(took <= longest, "it took {took:?}");
    ensure!(
        took >= Duration::from_millis(HEARTBEAT_MS),
        "after {took:?} already"
    );
    client.reaches("reconnecting")?;
    let _peer = fake.welcome()?;
    client.reaches("connected")
}

fn an_engine_that_answers_is_kept(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    let client = with_heartbeat(bench, &fake)?;
    let mut peer = fake.welcome()?;
    client.reaches("connected")?;
    let began = clock::now();
    while began.elapsed() < Duration::from_millis(6 * HEARTBEAT_MS) {
        match peer.receive()? {
            Frame::Ping(text) => peer.send_frame(&Frame::Pong(text))?,
            Frame::Text(text) => {
                let message: Value = serde_json::from_slice(&text)?;
                if message["type"] == "ping" {
                    peer.send(&json!({ "type": "pong" }))?;
                }
            }
            Frame::Close(code) => anyhow::bail!("closed with {code:?}"),
            Frame::Binary(_) | Frame::Pong(_) => {}
        }
    }
    let call = client.start("f", json!(1))?;
    let made = peer.expect_call("f")?;
    let id = &made["invocation_id"];
    peer.send(&json!({ "type": "invocationresult", "invocation_id": id, "result": 2 }))?;
    ensure!(call.wait()?.value()? == 2);
    Ok(())
}

fn a_ping_is_answered(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    let client = Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    let mut peer = fake.welcome()?;
    client.reaches("connected")?;
    peer.send(&json!({ "type": "ping" }))?;
    peer.expect("pong")?;
    peer.send_frame(&Frame::Ping(b"are you there".to_vec()))?;
    loop {
        match peer.receive()? {
            Frame::Pong(text) if text == b"are you there" => return Ok(()),
            Frame::Close(code) => anyhow::bail!("closed with {code:?}"),
            _ => {}
        }
    }
}

fn pauses_double_with_jitter(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    let mut last = fake.arrival()?.at;
    let mut fixed = true;
    for nominal_ms in [100, 200, 400, 800] {
        let at = fake.arrival()?.at;
        let (gap, nominal) = (at - last, Duration::from_millis(nominal_ms));
        let earliest = (nominal / 2).saturating_sub(Duration::from_millis(20));
        ensure!(gap >= earliest, "{gap:?} instead of about {nominal:?}");
        ensure!(
            gap <= nominal * 3 / 2 + SLACK,
            "{gap:?} instead of about {nominal:?}"
        );
        fixed &= (gap.as_millis() as i64 - nominal.as_millis() as i64).abs() < 3;
        last = at;
    }
    ensure!(!fixed, "the pauses are not jittered");
    Ok(())
}

fn a_rejection_ends_the_client_once(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    let client = Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    let waiting = client.start("f", json!(1))?;
    let mut peer = fake.welcome()?;
    peer.send(&json!({
        "type": "registrationrejected",
        "code": "WORKER_NAMESPACE_CONFLICT",
        "namespace": "default",
        "worker_name": "client",
        "owner_worker_id": "",
        "message": "choose another name",
    }))?;
    peer.send_frame(&Frame::Close(Some(1008)))?;
    has_failed(&client, "WORKER_NAMESPACE_CONFLICT")?;
    waiting.wait()?.fails_with("WORKER_NAMESPACE_CONFLICT")?;
    fake.stays_alone(Duration::from_millis(700))
}

/// The client has failed, once, and says so to everyone.
fn has_failed(client: &Client, code: &str) -> Result<()> {
    client.reaches("failed")?;
    for _ in 0..2 {
        client.call("f", json!(1))?.fails_with(code)?;
    }
    client
        .offer_with("f", json!({ "kind": "echo" }), &json!({}))?
        .fails_with(code)?;
    let again =
        |event: &Value| event["client"] == client.name.as_str() && event["state"] != "closed";
    ensure!(
        !client.driver.has_event(again),
        "another state after `failed`"
    );
    Ok(())
}

fn a_reserved_name_ends_the_client_once(bench: &mut Bench) -> Result<()> {
    let (driver, url) = (bench.driver()?, bench.url());
    let client = Client::named(driver, "client", &url, "state", &json!({}))?;
    has_failed(&client, "WORKER_NAMESPACE_CONFLICT")?;
    // Others of the same process live on.
    bench
        .client("innocent")?
        .call("engine::workers::list", json!({}))?
        .value()?;
    Ok(())
}

fn a_refused_upgrade_ends_the_client(bench: &mut Bench) -> Result<()> {
    if !bench.has("refused_upgrade")? {
        return Ok(());
    }
    let fake = FakeEngine::listen()?;
    let client = Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    fake.arrival()?.refuse("401 Unauthorized")?;
    has_failed(&client, "AUTH_ERROR")?;
    fake.stays_alone(Duration::from_millis(700))
}

fn a_temporary_refusal_is_tried_again(bench: &mut Bench) -> Result<()> {
    let fake = FakeEngine::listen()?;
    let client = Client::connecting(bench.driver()?, fake.url(), "client", &json!({}))?;
    fake.arrival()?.refuse("503 Service Unavailable")?;
    let _peer = fake.welcome()?;
    client.reaches("connected")
}
