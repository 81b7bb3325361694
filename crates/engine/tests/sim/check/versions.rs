//! Snapshot versions never go back, and a version has one content.

use iii_engine::core::Snapshot;

/// `after` follows `before`.
pub(crate) fn check(before: &Snapshot, after: &Snapshot) {
    let (old, new) = (before.version, after.version);
    assert!(old <= new, "version {new} follows {old}");
    if old == new {
        // Maps that share their root were not written to.
        let same = before.workers.ptr_eq(&after.workers)
            && before.functions.ptr_eq(&after.functions)
            && before.trigger_types.ptr_eq(&after.trigger_types);
        assert!(same, "version {new} has two contents");
    }
}
