//! The limit of open files.

/// Raises the soft limit of open files to the hard one: every connection is one, and the usual
/// soft limit of 1,024 is far below `connections_max`.
///
/// It returns the limit in force, or none when the system does not tell.
pub fn raise_open_files() -> Option<u64> {
    rlimit::increase_nofile_limit(u64::MAX).ok()
}
