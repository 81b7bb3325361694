//! Any history must agree with the naive model.

use super::Make;
use super::model::Model;
use super::subject::Subject;
use crate::lease::Fence;
use crate::log::{Bounds, Change, EntryId};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const LOGS: [&str; 4] = ["", "a", "a\0", "ab"];
/// Numbers of which some share bytes, and the last there is.
const IDS: [u64; 6] = [0, 1, 255, 256, 0x0101, u64::MAX];
const ENTRIES_MAX: usize = 8;

#[derive(Clone, Debug)]
enum Step {
    Commit {
        /// The fence, relative to the newest that the model knows; 2 is the same.
        fence: u64,
        changes: Vec<Change>,
    },
    Heads {
        log: &'static str,
        after: Option<u64>,
        limit: usize,
    },
    Bodies {
        log: &'static str,
        ids: Vec<u64>,
    },
    Names {
        after: Option<&'static str>,
        limit: usize,
    },
}

pub(super) fn agrees_with_model(make: Make<'_>) {
    let config = Config {
        cases: 256,
        failure_persistence: None,
        ..Config::default()
    };
    let bounds = Bounds {
        entries_max: ENTRIES_MAX as u64,
        ..Bounds::default()
    };
    TestRunner::new(config)
        .run(&vec(step(), 1..60), |steps| {
            let store = make(bounds);
            let mut model = Model::default();
            for step in &steps {
                check(&store, &mut model, step)?;
            }
            check_all(&store, &model)
        })
        .expect("the store agrees with the model");
}

fn log() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(LOGS.as_slice())
}

fn id() -> impl Strategy<Value = u64> {
    proptest::sample::select(IDS.as_slice())
}

fn change() -> impl Strategy<Value = Change> {
    let bytes = || vec(any::<u8>(), 0..5).prop_map(Bytes::from);
    let at = || (log(), id()).prop_map(|(log, id)| (log.into(), EntryId(id)));
    prop_oneof![
        4 => (at(), bytes(), bytes())
            .prop_map(|((log, id), head, body)| Change::Put { log, id, head, body }),
        3 => (at(), bytes()).prop_map(|((log, id), head)| Change::Update { log, id, head }),
        2 => at().prop_map(|(log, id)| Change::Remove { log, id }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let fence = prop_oneof![8 => Just(2u64), 1 => 0..2u64, 1 => 3..5u64];
    // Few changes succeed more often, many touch each other more often.
    let changes = prop_oneof![4 => vec(change(), 1..3), 1 => vec(change(), 0..8)];
    prop_oneof![
        6 => (fence, changes).prop_map(|(fence, changes)| Step::Commit { fence, changes }),
        2 => (log(), option::of(id()), 1..4usize)
            .prop_map(|(log, after, limit)| Step::Heads { log, after, limit }),
        2 => (log(), vec(id(), 0..5)).prop_map(|(log, ids)| Step::Bodies { log, ids }),
        1 => (option::of(log()), 1..4usize)
            .prop_map(|(after, limit)| Step::Names { after, limit }),
    ]
}

fn check(store: &Subject, model: &mut Model, step: &Step) -> Result<(), TestCaseError> {
    match step {
        Step::Commit { fence, changes } => {
            let fence = Fence((model.fence.0 + fence).saturating_sub(2));
            let expected = model.commit(fence, changes, ENTRIES_MAX);
            prop_assert_eq!(store.commit_as(fence, changes.clone()), expected);
        }
        Step::Heads { log, after, limit } => {
            let expected = model.heads(log, *after, *limit);
            prop_assert_eq!(store.page(log, *after, *limit), expected);
        }
        Step::Bodies { log, ids } => {
            let expected: Vec<_> = ids.iter().map(|id| model.body(log, *id)).collect();
            prop_assert_eq!(store.bodies(log, ids), expected);
        }
        Step::Names { after, limit } => {
            let expected = model.names(*after, *limit);
            prop_assert_eq!(store.names_page(*after, *limit), expected);
        }
    }
    Ok(())
}

fn check_all(store: &Subject, model: &Model) -> Result<(), TestCaseError> {
    for log in LOGS {
        let expected = model.heads(log, None, usize::MAX);
        prop_assert_eq!(store.page(log, None, usize::MAX), expected);
        let bodies: Vec<_> = IDS.iter().map(|id| model.body(log, *id)).collect();
        prop_assert_eq!(store.bodies(log, &IDS), bodies);
    }
    Ok(())
}
