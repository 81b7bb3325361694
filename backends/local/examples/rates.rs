//! How fast the store is, next to what the disk can do, in one run.
//!
//! `cargo run --release -p iii-backend-local --example rates -- FOLDER [SECONDS]`
#![expect(
    clippy::unwrap_used,
    reason = "a program for people who measure; it stops where something fails"
)]

use bytes::Bytes;
use iii_backend_local::{LocalKv, LocalLog, Options, Store};
use iii_ports::UnixMs;
use iii_ports::kv::{self, Address, Batch, Kv, Write as KvWrite};
use iii_ports::lease::Fence;
use iii_ports::log::{self, Change, EntryId, Log};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const NOW: UnixMs = UnixMs(1_000);
const KEYS: u64 = 100_000;
const WRITERS: u64 = 64;

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Instant {
    Instant::now()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "rates".to_owned()));
    let seconds = arguments.next().map_or(3, |text| text.parse().unwrap());
    let span = Duration::from_secs(seconds);
    std::fs::create_dir_all(&folder).unwrap();
    let limit = raw(&folder, span);
    say(&format!(
        "raw: {limit:.0} overwrites of 4 KiB with a flush each, a second"
    ));
    let begun = now();
    let store = Arc::new(Store::open(&folder.join("store"), Options::default()).unwrap());
    say(&format!("open new: {:.1} ms", ms(begun.elapsed())));
    resident("open");
    let kv: Arc<dyn Kv> = Arc::new(LocalKv::new(Arc::clone(&store), kv::Bounds::default()));
    let log: Arc<dyn Log> = Arc::new(LocalLog::new(store, log::Bounds::default()));
    sets(&kv, span, WRITERS, "sets, 64 writers");
    sets(&kv, span, 1, "sets, 1 writer");
    puts(&log, span, WRITERS, "puts and removes, 64 producers");
    puts(&log, span, 1, "puts and removes, 1 producer");
    gets(&kv, span);
    resident("after all of it");
    let begun = now();
    drop((kv, log));
    say(&format!("close: {:.1} ms", ms(begun.elapsed())));
    let begun = now();
    let store = Store::open(&folder.join("store"), Options::default()).unwrap();
    say(&format!("open again: {:.1} ms", ms(begun.elapsed())));
    // As a kill would leave it.
    let kv: Arc<dyn Kv> = Arc::new(LocalKv::new(Arc::new(store), kv::Bounds::default()));
    sets(&kv, Duration::from_secs(1), WRITERS, "sets before a kill");
    let copied = folder.join("killed");
    copy(&folder.join("store"), &copied);
    let begun = now();
    let store = Store::open(&copied, Options::default()).unwrap();
    say(&format!("open after a kill: {:.1} ms", ms(begun.elapsed())));
    drop(store);
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn say(line: &str) {
    println!("{line}");
}

/// Memory of this process; of other systems nothing is told.
fn resident(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM"))
    {
        say(&format!("{when}: {line}"));
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Overwrites of a block with a flush each, a second.
fn raw(folder: &Path, span: Duration) -> f64 {
    let path = folder.join("raw");
    let file = std::fs::File::create(&path).unwrap();
    file.write_all_at(&vec![0; 4 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let block = [7; 4096];
    let begun = now();
    let mut count = 0_u64;
    while begun.elapsed() < span {
        file.write_all_at(&block, count % 1024 * 4096).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    std::fs::remove_file(path).unwrap();
    count as f64 / begun.elapsed().as_secs_f64()
}

/// Times of acknowledgements, in order.
fn tell(what: &str, mut times: Vec<Duration>, took: Duration) {
    times.sort_unstable();
    let at = |percent: usize| ms(times[(times.len() - 1) * percent / 100]);
    let rate = times.len() as f64 / took.as_secs_f64();
    let (p50, p99, max) = (at(50), at(99), at(100));
    say(&format!(
        "{what}: {rate:.0}/s, p50 {p50:.3} ms, p99 {p99:.3} ms, max {max:.1} ms"
    ));
}

fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

fn set(key: u64) -> Batch {
    Batch {
        conditions: Vec::new(),
        writes: vec![KvWrite::Put {
            at: Address::new("bench", format!("key-{key:08}")),
            value: Bytes::from(vec![b'x'; 200]),
            expires_at: None,
        }],
    }
}

/// Random of 100,000 keys.
fn sets(kv: &Arc<dyn Kv>, span: Duration, writers: u64, what: &str) {
    let begun = now();
    let times = runtime().block_on(async {
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let kv = Arc::clone(kv);
            let local = async move {
                let mut random = (writer + 1) * 0x9e37_79b9_7f4a_7c15;
                let mut times = Vec::new();
                while begun.elapsed() < span {
                    let asked = now();
                    let key = next(&mut random) % KEYS;
                    kv.commit(set(key), NOW).await.unwrap();
                    times.push(asked.elapsed());
                }
                times
            };
            tasks.spawn(local);
        }
        tasks.join_all().await.concat()
    });
    tell(what, times, begun.elapsed());
}

/// Producers put, and one consumer removes what they have put, up to 64 at once.
fn puts(log: &Arc<dyn Log>, span: Duration, producers: u64, what: &str) {
    let begun = now();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let times = runtime().block_on(async {
        let (done, mut queue) = tokio::sync::mpsc::channel::<u64>(1 << 16);
        let mut tasks = JoinSet::new();
        for producer in 0..producers {
            let (log, done) = (Arc::clone(log), done.clone());
            let acknowledged = Arc::clone(&acknowledged);
            tasks.spawn(async move {
                let mut times = Vec::new();
                let name: Arc<str> = "bench".into();
                let mut id = producer;
                while begun.elapsed() < span {
                    let asked = now();
                    let put = Change::Put {
                        log: Arc::clone(&name),
                        id: EntryId(id),
                        head: Bytes::from(vec![1; 40]),
                        body: Bytes::from(vec![2; 200]),
                    };
                    log.commit(Fence(1), vec![put]).await.unwrap();
                    times.push(asked.elapsed());
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    done.send(id).await.unwrap();
                    id += producers;
                }
                times
            });
        }
        drop(done);
        let consumer = async {
            let mut removed = 0;
            let mut ids = Vec::new();
            while queue.recv_many(&mut ids, 64).await > 0 {
                removed += ids.len();
                let name: Arc<str> = "bench".into();
                let remove = |id| Change::Remove {
                    log: Arc::clone(&name),
                    id: EntryId(id),
                };
                let changes = ids.drain(..).map(remove).collect();
                log.commit(Fence(1), changes).await.unwrap();
            }
            removed
        };
        let (times, removed) = tokio::join!(tasks.join_all(), consumer);
        let times = times.concat();
        assert_eq!(times.len(), removed);
        times
    });
    tell(what, times, begun.elapsed());
}

/// Gets of random keys, quietly and while 64 writers write.
fn gets(kv: &Arc<dyn Kv>, span: Duration) {
    let one = |what: &str, is_over: &dyn Fn() -> bool| {
        let runtime = runtime();
        let mut random = 77;
        let mut times = Vec::new();
        let begun = now();
        while !is_over() {
            let key = format!("key-{:08}", next(&mut random) % KEYS);
            let asked = now();
            runtime.block_on(kv.get("bench", &key, NOW)).unwrap();
            times.push(asked.elapsed());
        }
        tell(what, times, begun.elapsed());
    };
    let begun = now();
    one("gets, quiet", &|| begun.elapsed() > span);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            sets(kv, span, WRITERS, "sets, while somebody gets");
            is_over.store(true, Ordering::Relaxed);
        });
        one("gets, while 64 write", &|| is_over.load(Ordering::Relaxed));
    });
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
