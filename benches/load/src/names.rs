//! Names of the workers this program plays.

/// Set to anything, every serving worker gets a name of its own, for engines without replicas.
const DISTINCT_NAMES: &str = "DISTINCT_NAMES";

/// Serving workers are replicas of each other: they share one name.
pub(crate) fn serving() -> String {
    if std::env::var_os(DISTINCT_NAMES).is_some() {
        unique()
    } else {
        "bench-echo".into()
    }
}

/// A name that nobody else has.
pub(crate) fn unique() -> String {
    format!("bench-{}", uuid::Uuid::new_v4().as_simple())
}
