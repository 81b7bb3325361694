//! Tells when the configuration file has changed.

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// How long a file must be quiet before it counts as changed: editors write in several steps.
const QUIET: Duration = Duration::from_millis(100);
/// A file that never gets quiet counts as changed after so many waits.
const WAITS_MAX: usize = 20;

/// Watches one file, also through the rename with which editors replace it.
pub struct FileWatch {
    changed: Arc<Notify>,
    /// Dropping it ends the watch.
    _watcher: RecommendedWatcher,
}

impl FileWatch {
    /// Begins to watch. The folder is watched, not the file: a replaced file is another file.
    ///
    /// # Errors
    /// The system cannot watch the folder.
    pub fn new(file: &Path) -> Result<Self, notify::Error> {
        let changed = Arc::new(Notify::new());
        let notify = Arc::clone(&changed);
        let names = names_to_watch(file);
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if concerns(event, &names) {
                notify.notify_one();
            }
        })?;
        watcher.watch(folder_of(file), RecursiveMode::NonRecursive)?;
        if let Some(target) = linked(file) {
            watcher.watch(folder_of(&target), RecursiveMode::NonRecursive)?;
        }
        Ok(Self {
            changed,
            _watcher: watcher,
        })
    }

    /// Waits until the file has changed and is quiet again.
    pub async fn changed(&self) {
        self.changed.notified().await;
        for _ in 0..WAITS_MAX {
            if tokio::time::timeout(QUIET, self.changed.notified())
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Where a file really is, when its name is a link to another folder.
fn linked(file: &Path) -> Option<PathBuf> {
    let target = std::fs::canonicalize(file).ok()?;
    let folder = std::fs::canonicalize(folder_of(file)).ok()?;
    (target.parent() != Some(&folder)).then_some(target)
}

/// The file's own name, that of the file it links to, and the link beside it through which mounted
/// configuration is swapped.
fn names_to_watch(file: &Path) -> Vec<OsString> {
    let target = linked(file);
    [Some(file), target.as_deref(), Some(Path::new("..data"))]
        .into_iter()
        .flatten()
        .filter_map(|path| path.file_name().map(OsString::from))
        .collect()
}

fn concerns(event: notify::Result<Event>, names: &[OsString]) -> bool {
    let Ok(event) = event else {
        // Events were lost: the file may have changed.
        return true;
    };
    let is_named = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| names.iter().any(|known| known == name))
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Far longer than a file system event takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn writing_and_replacing_both_count() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("iii-config.yaml");
        fs::write(&file, "a: 1").unwrap();
        let watch = FileWatch::new(&file).unwrap();
        fs::write(&file, "a: 2").unwrap();
        tokio::time::timeout(PATIENCE, watch.changed())
            .await
            .unwrap();
        let other = folder.path().join("new");
        fs::write(&other, "a: 3").unwrap();
        fs::rename(&other, &file).unwrap();
        tokio::time::timeout(PATIENCE, watch.changed())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_file_behind_a_link_counts() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let target = elsewhere.path().join("real.yaml");
        fs::write(&target, "a: 1").unwrap();
        let file = folder.path().join("iii-config.yaml");
        std::os::unix::fs::symlink(&target, &file).unwrap();
        let watch = FileWatch::new(&file).unwrap();
        fs::write(&target, "a: 2").unwrap();
        tokio::time::timeout(PATIENCE, watch.changed())
            .await
            .unwrap();
    }

    #[test]
    fn other_files_and_mere_reading_do_not_count() {
        let names = names_to_watch(Path::new("x/iii-config.yaml"));
        let event = |kind, path: &str| Ok(Event::new(kind).add_path(path.into()));
        let modified = EventKind::Modify(notify::event::ModifyKind::Any);
        let read = EventKind::Access(notify::event::AccessKind::Any);
        assert!(concerns(event(modified, "x/iii-config.yaml"), &names));
        assert!(!concerns(event(modified, "x/other.yaml"), &names));
        assert!(!concerns(event(read, "x/iii-config.yaml"), &names));
    }
}
