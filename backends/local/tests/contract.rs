//! The local backend keeps the ports' contracts.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop where tests would"
)]

use iii_backend_local::{LocalKv, LocalLog, Options, Store, Unflushed};
use iii_ports::contract;
use iii_ports::kv::{Bounds, Kv};
use iii_ports::lease::KvLeases;
use iii_ports::log::{self, Log};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

#[test]
fn kv_contract() {
    let folders: Mutex<Vec<TempDir>> = Mutex::default();
    contract::kv(|bounds: Bounds| -> Arc<dyn Kv> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(LocalKv::new(Arc::new(store), bounds))
    });
}

#[test]
fn log_contract() {
    let folders: Mutex<Vec<TempDir>> = Mutex::default();
    contract::log(|bounds: log::Bounds| -> Arc<dyn Log> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Options::default()).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(LocalLog::new(Arc::new(store), bounds))
    });
}

#[test]
fn log_contract_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    contract::log_reopened(|| {
        let store = Store::open(folder.path(), Options::default()).unwrap();
        Arc::new(LocalLog::new(Arc::new(store), log::Bounds::default()))
    });
}

/// With what was not flushed held by the process, a store is the same to all who use it.
#[test]
fn log_contract_over_restarts_with_held_files() {
    let folder = tempfile::tempdir().unwrap();
    contract::log_reopened(|| {
        let options = Options {
            unflushed: Unflushed::Held,
            ..Options::default()
        };
        let store = Store::open(folder.path(), options).unwrap();
        Arc::new(LocalLog::new(Arc::new(store), log::Bounds::default()))
    });
}

fn leases_in(folder: &TempDir) -> Arc<KvLeases> {
    let store = Store::open(folder.path(), Options::default()).unwrap();
    let kv = LocalKv::new(Arc::new(store), Bounds::default());
    Arc::new(KvLeases::new(Arc::new(kv), "leases"))
}

#[test]
fn leases_contract() {
    let folders: Mutex<Vec<TempDir>> = Mutex::default();
    contract::leases(|| {
        let folder = tempfile::tempdir().unwrap();
        let leases = leases_in(&folder);
        folders.lock().unwrap().push(folder);
        leases
    });
}

#[test]
fn leases_contract_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    contract::leases_reopened(|| leases_in(&folder));
}
