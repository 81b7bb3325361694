//! Other queues under the same load: Redis Streams and RabbitMQ, each spoken by hand.
//!
//! One connection brings messages, another one has them handed over, as with the engine. Messages
//! are the same text, numbered, and the same ledger counts them.

mod amqp;
mod drive;
mod rabbit;
mod redis;
mod resp;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(value_enum)]
    kind: Kind,
    #[arg(value_enum)]
    what: What,
    /// messages; with `enqueue` 0 means as many as come in `seconds`
    #[arg(long, default_value_t = 0)]
    count: u64,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 64)]
    window: usize,
    #[arg(long, default_value_t = 64)]
    payload: usize,
    /// how long nothing happens before each message of `idle`, in milliseconds
    #[arg(long, default_value_t = 5)]
    pause: u64,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Redis Streams: XADD, XREADGROUP, XACK
    Redis,
    /// RabbitMQ: a durable queue, persistent messages, confirms, acknowledgements by hand
    Rabbitmq,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// messages that are acknowledged
    Enqueue,
    /// messages from their enqueue to the acknowledged end of their handling
    Queue,
    /// from the enqueue of a single message to its handling
    Idle,
}

/// Brings messages; what it is told may be acknowledged later, in the order of the messages.
trait Producer: Sized {
    async fn connect(addr: &str, window: usize) -> Result<Self>;

    /// Queues a message to be sent.
    fn push(&mut self, body: &[u8]);

    /// Sends what is queued and waits until something is acknowledged: how many messages.
    async fn pump(&mut self) -> Result<usize>;
}

/// Has messages handed over, and says of each that it was handled.
trait Consumer: Sized {
    /// At most `window` messages are handed over that were not said to be handled.
    async fn connect(addr: &str, window: usize) -> Result<Self>;

    /// Waits for messages, hands each to `each`, and says that they were handled.
    async fn pump(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<()>;

    /// Waits until everything is written that was said to be handled.
    async fn finish(&mut self) -> Result<()>;
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    match options.kind {
        Kind::Redis => drive::run::<redis::Adding, redis::Reading>(addr, options).await,
        Kind::Rabbitmq => drive::run::<rabbit::Publishing, rabbit::Consuming>(addr, options).await,
    }
}
