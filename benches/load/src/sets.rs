//! `sets`: writes of random entries, every one of which is read at the end.

use crate::{clock, names, numbered, scan, socket::Socket};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::timeout;

/// Nothing happens for so long: something is lost.
const STALLED_AFTER: Duration = Duration::from_secs(30);
/// Bytes of an entry besides what pads it: scope, key, number and braces.
const ENTRY_BYTES: u64 = 40;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// Different entries
    #[arg(long, default_value_t = 100_000)]
    keys: u64,
    #[arg(long, default_value_t = 64)]
    window: u64,
    #[arg(long, default_value_t = 64)]
    payload: usize,
}

pub(crate) async fn run(addr: &str, options: &Options) -> Result<()> {
    let mut socket = Socket::connect(addr, &names::unique()).await?;
    let mut sets = Sets::new(options);
    let start = clock::now();
    while sets.answered < options.count {
        while sets.made < options.count && sets.made - sets.answered < options.window {
            sets.set(&mut socket.write);
        }
        sets.pump(&mut socket).await?;
        sets.progress.tell(sets.answered);
    }
    let seconds = start.elapsed().as_secs_f64();
    sets.is_reading = true;
    (sets.made, sets.answered) = (0, 0);
    while sets.answered < options.keys {
        while sets.made < options.keys && sets.made - sets.answered < options.window {
            sets.get(&mut socket.write);
        }
        sets.pump(&mut socket).await?;
    }
    let Sets {
        acknowledged,
        refused,
        lost,
        ..
    } = sets;
    let live = sets.last.iter().filter(|last| last.is_some()).count() as u64
        * (options.payload as u64 + ENTRY_BYTES);
    println!(
        "sets ok={acknowledged} refused={refused} lost={lost} failed={} live={live} rate={:.0}/s",
        refused + lost,
        acknowledged as f64 / seconds
    );
    Ok(())
}

struct Sets {
    pad: String,
    random: u64,
    made: u64,
    answered: u64,
    acknowledged: u64,
    refused: u64,
    /// Entries that are not what was last acknowledged.
    lost: u64,
    is_reading: bool,
    /// What was last acknowledged of each entry.
    last: Vec<Option<u64>>,
    /// What is under way of each entry: never two writes at once, so that it is known which is the
    /// last one.
    open: Vec<Option<u64>>,
    progress: numbered::Progress,
}

impl Sets {
    fn new(options: &Options) -> Self {
        let keys = options.keys.max(options.window + 1) as usize;
        Self {
            pad: "x".repeat(options.payload),
            random: 1,
            made: 0,
            answered: 0,
            acknowledged: 0,
            refused: 0,
            lost: 0,
            is_reading: false,
            last: vec![None; keys],
            open: vec![None; keys],
            progress: numbered::Progress::default(),
        }
    }

    async fn pump(&mut self, socket: &mut Socket) -> Result<()> {
        socket.flush().await?;
        let received = timeout(
            STALLED_AFTER,
            socket.receive(|message, _| self.receive(message)),
        );
        let received = received.await;
        ensure!(received.is_ok(), "{} unanswered", self.made - self.answered);
        received?
    }

    fn set(&mut self, out: &mut Vec<u8>) {
        let keys = self.open.len();
        let mut key = (self.next() % keys as u64) as usize;
        while self.open[key].is_some() {
            key = (key + 1) % keys;
        }
        self.open[key] = Some(self.made);
        let data = format!(
            r#"{{"scope":"soak","key":"k{key}","value":{{"n":"{}","pad":"{}"}}}}"#,
            self.made, self.pad
        );
        numbered::call(out, key as u64, "state::set", &[data.as_bytes()]);
        self.made += 1;
    }

    fn get(&mut self, out: &mut Vec<u8>) {
        let data = format!(r#"{{"scope":"soak","key":"k{}"}}"#, self.made);
        numbered::call(out, self.made, "state::get", &[data.as_bytes()]);
        self.made += 1;
    }

    fn receive(&mut self, message: &[u8]) {
        if !scan::is_type(message, "invocationresult") {
            return;
        }
        let Some(key) = numbered::id(message).map(|key| key as usize) else {
            return;
        };
        self.answered += 1;
        if self.is_reading {
            let found = numbered::text_number(message);
            self.lost += u64::from(found != self.last[key]);
            return;
        }
        let written = self.open[key].take();
        if numbered::is_error(message) {
            self.refused += 1;
        } else {
            self.acknowledged += 1;
            self.last[key] = written;
        }
    }

    /// splitmix64: any even spread will do.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
