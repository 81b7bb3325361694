//! The local backend keeps the ports' contracts.

use iii_backend_local::{LocalKv, Options, Store};
use iii_ports::contract;
use iii_ports::kv::{Bounds, Kv};
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
