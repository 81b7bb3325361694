//! Ending the process at a named place of the store, for tests of crashes.

use crate::config::Environment;
use crate::env::FAIL_POINT;
use iii_backend_local::FailPoint;
use iii_kit::StartError;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the environment asks for: `name:count` ends the process at the count-th passage of the
/// place, counted from 1. Without the variable nothing is watched.
///
/// # Errors
/// The variable has another form: a test that ends nothing would prove nothing.
pub(crate) fn from_environment(environment: &dyn Environment) -> Result<FailPoint, StartError> {
    let Some(text) = environment.get(FAIL_POINT) else {
        return Ok(FailPoint::default());
    };
    let plan = text.split_once(':');
    let plan = plan.and_then(|(name, count)| Some((name.to_owned(), count.parse().ok()?)));
    match plan {
        Some((name, count)) if count > 0 => Ok(at(name, count, die)),
        _ => Err(StartError::Data(format!(
            "`{FAIL_POINT}` is `{text}`, not `name:count`"
        ))),
    }
}

/// Calls `end` at the count-th passage.
fn at(name: String, count: u64, end: impl Fn() + Send + Sync + 'static) -> FailPoint {
    let left = AtomicU64::new(count);
    FailPoint::new(move |passed| {
        if passed == name && left.fetch_sub(1, Ordering::Relaxed) == 1 {
            end();
        }
    })
}

/// As if somebody had sent SIGKILL: nothing is told, closed or flushed.
fn die() {
    let this = rustix::process::getpid();
    // Where even that is refused, an abort is as sudden.
    let _ = rustix::process::kill_process(this, rustix::process::Signal::KILL);
    std::process::abort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use iii_backend_local::{LocalKv, Options, Store};
    use iii_ports::UnixMs;
    use iii_ports::kv::{Batch, Bounds, Kv};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[test]
    fn only_a_name_with_a_count_is_taken() {
        let from = |text: Option<&str>| {
            let variables = text.map(|text| (FAIL_POINT.to_owned(), text.to_owned()));
            from_environment(&variables.into_iter().collect::<BTreeMap<_, _>>())
        };
        assert!(from(None).is_ok());
        assert!(from(Some("append.before:3")).is_ok());
        for wrong in [
            "",
            "append.before",
            "append.before:",
            "append.before:0",
            "a:-1",
        ] {
            assert!(from(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn the_process_ends_at_the_passage_that_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let (told, ended) = std::sync::mpsc::channel();
        let fail_point = at("flush.done".to_owned(), 2, move || told.send(()).unwrap());
        let options = Options {
            fail_point,
            ..Options::default()
        };
        let store = Store::open(folder.path(), options).unwrap();
        let kv = LocalKv::new(Arc::new(store), Bounds::default());
        for passage in 1..4 {
            let put = iii_ports::kv::Write::Put {
                at: iii_ports::kv::Address::new("s", "k"),
                value: "v".into(),
                expires_at: None,
            };
            let batch = Batch {
                writes: vec![put],
                ..Batch::default()
            };
            kv.commit(batch, UnixMs(1)).await.unwrap();
            assert_eq!(ended.try_recv().is_ok(), passage == 2);
        }
    }
}
