//! Streams beside the calls.

use super::group;
use crate::bench::Bench;
use crate::client::{Client, End};
use anyhow::{Context, Result, ensure};
use iii_kit::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

group!("channels":
    bytes_and_texts_arrive_in_order,
    an_empty_stream_ends_in_order,
    a_function_writes_and_its_caller_reads,
    a_function_reads_what_its_caller_writes,
    a_writer_that_gives_up_is_no_end,
    a_reader_that_gives_up_stops_the_writer,
    a_writer_that_vanishes_is_no_end,
    minted_references_work,
    an_unknown_reference_is_not_found,
    a_used_reference_is_not_found,
    a_writer_waits_for_its_reader,
    a_reader_holds_its_writer_up,
);

const LARGE: usize = 3 << 20;

fn both(bench: &mut Bench) -> Result<[(Client, Client); 3]> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    Ok([
        (ours.clone(), ours.clone()),
        (ours.clone(), theirs.clone()),
        (theirs, ours),
    ])
}

/// What `read_all` says of so many `x`.
fn summary(bytes: usize, texts: &[&str]) -> Value {
    let digest = Bytes::copy_from_slice(&Sha256::digest(vec![b'x'; bytes]));
    json!({ "bytes": bytes, "sha256": format!("{digest:x}"), "texts": texts })
}

fn ends(writer: &Client, reader: &Client, name: &str) -> Result<(End, End)> {
    let (read, write) = writer.channel()?;
    Ok((
        writer.open("open_writer", &format!("w-{name}"), &write)?,
        reader.open("open_reader", &format!("r-{name}"), &read)?,
    ))
}

fn bytes_and_texts_arrive_in_order(bench: &mut Bench) -> Result<()> {
    for (at, (writer, reader)) in both(bench)?.into_iter().enumerate() {
        let (writes, reads) = ends(&writer, &reader, &at.to_string())?;
        writes.write_text("{\"kind\":\"head\"}")?;
        let bytes = writes.request("write").with("base64", "AAECAwT/");
        writes.driver.ask(bytes)?.nothing()?;
        writes.write_text("tail é")?;
        let closing = writes.driver.send(writes.request("close"))?;
        let items = [
            json!({ "text": "{\"kind\":\"head\"}" }),
            json!({ "base64": "AAECAwT/" }),
            json!({ "text": "tail é" }),
            json!({ "end": "eof" }),
            json!({ "end": "eof" }),
        ];
        for expected in items {
            let item = reads.ask("read")?.value()?;
            ensure!(item == expected, "{item} instead of {expected}");
        }
        closing.wait()?.nothing()?;
    }
    Ok(())
}

fn an_empty_stream_ends_in_order(bench: &mut Bench) -> Result<()> {
    for (at, (writer, reader)) in both(bench)?.into_iter().enumerate() {
        let (writes, reads) = ends(&writer, &reader, &at.to_string())?;
        let closing = writes.driver.send(writes.request("close"))?;
        ensure!(reads.ask("read_all")?.value()? == summary(0, &[]));
        closing.wait()?.nothing()?;
    }
    Ok(())
}

fn a_function_writes_and_its_caller_reads(bench: &mut Bench) -> Result<()> {
    for (at, (worker, caller)) in both(bench)?.into_iter().enumerate() {
        let function = format!("write-{at}");
        let items = json!([{ "text": "head" }, { "fill": LARGE }, { "text": "tail" }]);
        let behaviour = json!({ "kind": "write_channel", "items": items, "end": "close" });
        worker.offer(&function, behaviour)?;
        let (read, write) = caller.channel()?;
        let reads = caller.open("open_reader", &function, &read)?;
        let call = caller.start(&function, json!({ "writer": write }))?;
        let read = reads.ask("read_all")?.value()?;
        ensure!(read == summary(LARGE, &["head", "tail"]), "{read}");
        call.wait()?.nothing()?;
    }
    Ok(())
}

fn a_function_reads_what_its_caller_writes(bench: &mut Bench) -> Result<()> {
    for (at, (worker, caller)) in both(bench)?.into_iter().enumerate() {
        let function = format!("read-{at}");
        worker.offer(&function, json!({ "kind": "read_channel" }))?;
        let (read, write) = caller.channel()?;
        let writes = caller.open("open_writer", &function, &write)?;
        let call = caller.start(&function, json!({ "deep": "er", "reader": read }))?;
        writes.write_text("head")?;
        writes.write_fill(LARGE)?;
        writes.ask("close")?.nothing()?;
        let answer = call.wait()?.value()?;
        ensure!(answer == summary(LARGE, &["head"]), "{answer}");
    }
    Ok(())
}

fn a_writer_that_gives_up_is_no_end(bench: &mut Bench) -> Result<()> {
    for (at, (writer, reader)) in both(bench)?.into_iter().enumerate() {
        let (writes, reads) = ends(&writer, &reader, &at.to_string())?;
        writes.write_text("so far")?;
        ensure!(reads.ask("read")?.value()? == json!({ "text": "so far" }));
        let aborting = writes.driver.send(writes.request("abort_end"))?;
        reads.ask("read")?.fails_with("channel_aborted")?;
        aborting.wait()?.nothing()?;
        let function = format!("abort-{at}");
        let behaviour =
            json!({ "kind": "write_channel", "items": [{ "fill": 10 }], "end": "abort" });
        writer.offer(&function, behaviour)?;
        let (read, write) = reader.channel()?;
        let reads = reader.open("open_reader", &function, &read)?;
        let call = reader.start(&function, json!({ "writer": write }))?;
        reads.ask("read_all")?.fails_with("channel_aborted")?;
        call.wait()?.nothing()?;
    }
    Ok(())
}

/// Writes until it fails; what it fails with.
fn write_until_refused(writes: &End) -> Result<String> {
    for _ in 0..10_000 {
        let written = writes
            .driver
            .ask(writes.request("write").with("fill", 1 << 16))?;
        if written.is_failure() {
            return Ok(written.failure()?.code);
        }
    }
    anyhow::bail!("everything was accepted though nobody reads")
}

fn a_reader_that_gives_up_stops_the_writer(bench: &mut Bench) -> Result<()> {
    for (at, (writer, reader)) in both(bench)?.into_iter().enumerate() {
        let (writes, reads) = ends(&writer, &reader, &at.to_string())?;
        writes.write_text("so far")?;
        ensure!(reads.ask("read")?.value()? == json!({ "text": "so far" }));
        reads.ask("abort_end")?.nothing()?;
        let code = write_until_refused(&writes)?;
        ensure!(code == "channel_aborted", "{code}");
    }
    Ok(())
}

fn a_writer_that_vanishes_is_no_end(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    let (writes, reads) = ends(&theirs, &ours, "vanishing")?;
    writes.write_text("so far")?;
    ensure!(reads.ask("read")?.value()? == json!({ "text": "so far" }));
    bench.engine().kill();
    reads.ask("read")?.fails_with("channel_aborted")?;
    Ok(())
}

fn minted_references_work(bench: &mut Bench) -> Result<()> {
    if !bench.has("mint")? {
        return Ok(());
    }
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    for turn in 0..3 {
        let (read, write) = ours.channel_by(ours.request("mint_channel"))?;
        let reads = theirs.open("open_reader", &format!("r{turn}"), &read)?;
        let writes = ours.open("open_writer", &format!("w{turn}"), &write)?;
        writes.write_fill(100)?;
        let closing = writes.driver.send(writes.request("close"))?;
        ensure!(reads.ask("read_all")?.value()? == summary(100, &[]));
        closing.wait()?.nothing()?;
    }
    Ok(())
}

fn an_unknown_reference_is_not_found(bench: &mut Bench) -> Result<()> {
    if !bench.has("refused_upgrade")? {
        return Ok(());
    }
    let client = bench.client("client")?;
    let (mut read, mut write) = client.channel()?;
    read["access_key"] = json!("0123456789abcdef0123456789abcdef");
    write["channel_id"] = json!("no-such-channel");
    let reads = client.open("open_reader", "r", &read)?;
    reads.ask("read")?.fails_with("channel_not_found")?;
    let writes = client.open("open_writer", "w", &write)?;
    let writing = writes.request("write").with("text", "hello");
    writes
        .driver
        .ask(writing)?
        .fails_with("channel_not_found")?;
    Ok(())
}

fn a_used_reference_is_not_found(bench: &mut Bench) -> Result<()> {
    if !bench.has("refused_upgrade")? {
        return Ok(());
    }
    let client = bench.client("client")?;
    let (read, write) = client.channel()?;
    let writes = client.open("open_writer", "w", &write)?;
    writes.write_text("hello")?;
    let reads = client.open("open_reader", "r", &read)?;
    ensure!(reads.ask("read")?.value()? == json!({ "text": "hello" }));
    let again = client.open("open_reader", "again", &read)?;
    again.ask("read")?.fails_with("channel_not_found")?;
    Ok(())
}

/// More than sockets and engine hold between two ends, by far.
const HELD_BYTES_MAX: usize = 128 << 20;
const PIECE: usize = 1 << 16;
/// A write that is not accepted for that long waits for the reader.
const STUCK: Duration = Duration::from_millis(700);

/// Writes without anybody reading until it is held up, then reads everything.
fn held_up(writer: &Client, reader: &Client) -> Result<()> {
    let (read, write) = writer.channel_by(writer.request("create_channel").with("buffer", 2))?;
    let output = writer.open("open_writer", "w", &write)?;
    let input = reader.open("open_reader", "r", &read)?;
    output.write_text("first")?;
    // From here on the reader is attached and does not read.
    ensure!(input.ask("read")?.value()? == json!({ "text": "first" }));
    let mut pieces = 0;
    let stuck = loop {
        ensure!(
            pieces * PIECE < HELD_BYTES_MAX,
            "{pieces} pieces were accepted, nobody input"
        );
        let writing = output
            .driver
            .send(output.request("write").with("fill", PIECE))?;
        pieces += 1;
        match writing.wait_at_most(STUCK) {
            Ok(outcome) => outcome.nothing()?,
            Err(writing) => break writing,
        }
    };
    let reading = input.driver.send(input.request("read_all"))?;
    stuck
        .wait()?
        .nothing()
        .context("the write that was held up")?;
    output.ask("close")?.nothing()?;
    let all = reading.wait()?.value()?;
    ensure!(all["bytes"] == pieces * PIECE, "{all} of {pieces} pieces");
    Ok(())
}

fn a_writer_waits_for_its_reader(bench: &mut Bench) -> Result<()> {
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    held_up(&ours, &theirs)
}

fn a_reader_holds_its_writer_up(bench: &mut Bench) -> Result<()> {
    if !bench.has("read_pressure")? {
        return Ok(());
    }
    let (ours, theirs) = (bench.client("ours")?, bench.other("theirs")?);
    held_up(&theirs, &ours)
}
