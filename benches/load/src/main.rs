//! A load generator for any engine that speaks the worker protocol (JSON over WebSocket).
//!
//! It writes WebSocket frames and HTTP requests by hand so that the generator costs as little as
//! possible on a small machine that it shares with the engine. `relay` and `hyper-floor` are the
//! floors: the least that any engine could do.
//!
//! **Invariant:** it shares no code with the engine or the SDK, so a fault there shows here.
//!
//! Start reading at [`Command`]: one variant per command, one file per variant.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: stdout is its data, stderr its talk"
)]

mod ask;
mod call;
mod certificate;
mod channels;
mod churn;
mod clock;
mod density;
mod drive;
mod echo;
mod echo_worker;
mod frame;
mod garbage;
mod http;
mod http_drive;
mod http_worker;
mod hyper_floor;
mod invoke;
mod jobs;
mod ledger;
mod names;
mod numbered;
mod peer;
mod queue;
mod queue_delayed;
mod queue_idle;
mod relay;
mod report;
mod routes;
mod scan;
mod sets;
mod skim;
mod socket;
mod stream_worker;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    /// host:port of the engine's worker socket
    #[arg(long, default_value = "127.0.0.1:49134")]
    addr: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// call a function on another worker: `window` calls in flight
    Invoke(invoke::Options),
    /// call a function the engine itself (or one of its workers) offers, e.g. state::set
    Call(call::Options),
    /// enqueue `count` calls on `queue` and wait until the worker has run all of them
    Queue(queue::Options),
    /// enqueue and work `count` numbered jobs, each of which must be handled exactly once
    Jobs(jobs::Options),
    /// write `count` times to `keys` entries, and read them all at the end
    Sets(sets::Options),
    /// enqueue one call after the other into an idle queue; the time to the start of its handler
    QueueIdle(queue_idle::Options),
    /// enqueue `count` calls that wait; what that costs the engine, and whether time is kept
    QueueDelayed(queue_delayed::Options),
    /// serve a function that answers at once until killed
    EchoWorker(echo_worker::Options),
    /// serve an http-triggered function until killed
    HttpWorker(http_worker::Options),
    /// serve downloads and uploads of any size through channels until killed
    StreamWorker,
    /// serve `count` http-triggered routes with one worker, and drive one of them
    Routes(routes::Options),
    /// send one request again and again over keep-alive connections
    HttpDrive(http_drive::Options),
    /// stream through channels, `lanes` at a time
    Channels(channels::Options),
    /// workers that come, serve, call themselves and go, `lanes` at a time
    Churn(churn::Options),
    /// connections that send what is no protocol, say nothing, or never read
    Garbage(garbage::Options),
    /// connect `count` idle workers with `functions` functions each and hold them for `hold`
    /// seconds
    Density(density::Options),
    /// the floor: accept connections, first is the worker, the rest are clients; move frames only
    Relay(relay::Options),
    /// the floor for HTTP: a bare hyper server that answers every request with the same JSON
    HyperFloor(hyper_floor::Options),
    /// the same load on another queue at `addr`
    Peer(peer::Options),
    /// make a certificate for 127.0.0.1
    Certificate(certificate::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { addr, command } = Arguments::parse();
    match command {
        Command::Invoke(options) => invoke::run(&addr, &options).await,
        Command::Call(options) => call::run(&addr, &options).await,
        Command::Queue(options) => queue::run(&addr, &options).await,
        Command::Jobs(options) => jobs::run(&addr, &options).await,
        Command::Sets(options) => sets::run(&addr, &options).await,
        Command::QueueIdle(options) => queue_idle::run(&addr, &options).await,
        Command::QueueDelayed(options) => queue_delayed::run(&addr, &options).await,
        Command::EchoWorker(options) => echo_worker::run(&addr, &options).await,
        Command::HttpWorker(options) => http_worker::run(&addr, &options).await,
        Command::StreamWorker => stream_worker::run(&addr).await,
        Command::Routes(options) => routes::run(&addr, &options).await,
        Command::HttpDrive(options) => http_drive::run(&options).await,
        Command::Channels(options) => channels::run(&addr, &options).await,
        Command::Churn(options) => churn::run(&addr, &options).await,
        Command::Garbage(options) => garbage::run(&addr, &options).await,
        Command::Density(options) => density::run(&addr, &options).await,
        Command::Relay(options) => relay::run(&options).await,
        Command::HyperFloor(options) => hyper_floor::run(&options).await,
        Command::Peer(options) => peer::run(&addr, &options).await,
        Command::Certificate(options) => certificate::run(&options),
    }
}
