//! Ordered reading.

use super::Entry;

/// Which entries of a scope to read. A page ends at whichever limit comes first, but never before
/// its first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan<'a> {
    /// The scope.
    pub scope: &'a str,
    /// Only keys that begin so.
    pub prefix: &'a str,
    /// Only keys behind this one; it need not exist.
    pub after: Option<&'a str>,
    /// Most entries of the page; at least 1.
    pub limit: usize,
    /// Most bytes of values of the page.
    pub bytes_max: usize,
}

/// Entries in the byte order of their keys.
///
/// A page is one moment of the store; a walk over several pages is not: it sees every entry that
/// existed all the time exactly once, and others perhaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Keys with their entries.
    pub items: Vec<(String, Entry)>,
    /// The `after` that continues the walk; `None` at its end.
    pub next: Option<String>,
}

/// Scopes in byte order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopesPage {
    /// The names.
    pub scopes: Vec<String>,
    /// The `after` that continues the walk; `None` at its end.
    pub next: Option<String>,
}
