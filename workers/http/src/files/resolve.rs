//! From the path of a request to the path of a file.

use crate::router::decode_component;
use std::path::{Path, PathBuf};

/// The file below `folder` that the rest of a request's path names, without looking at the disk.
/// `None` for whatever is no plain path downwards: steps up, hidden files, separators and zero
/// bytes that were percent-encoded, and names of drives and devices.
pub(super) fn below(folder: &Path, rest: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for segment in rest.split('/').filter(|segment| !segment.is_empty()) {
        let name = decode_component(segment);
        let hidden = name.starts_with('.') && name != ".well-known";
        let strange = |c: char| matches!(c, '/' | '\\' | ':' | '\0') || c.is_control();
        if hidden || name.contains(strange) || name.ends_with(['.', ' ']) {
            return None;
        }
        path.push(&*name);
    }
    Some(path)
}

/// What of a path comes after a prefix that ends at a `/` or at the path's end.
pub(super) fn after<'p>(prefix: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(rest: &str) -> Option<String> {
        let path = below(Path::new("/srv"), rest)?;
        Some(path.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_plain_paths_downwards_are_followed() {
        assert_eq!(of("/a/b.txt").unwrap(), "/srv/a/b.txt");
        assert_eq!(of("/a%20b//c/").unwrap(), "/srv/a b/c");
        assert_eq!(of("/.well-known/acme").unwrap(), "/srv/.well-known/acme");
        assert_eq!(of("").unwrap(), "/srv");
        for bad in [
            "/..",
            "/../etc/passwd",
            "/a/../../b",
            "/%2e%2e/x",
            "/..%2fx",
            "/a%2fb",
            "/a%5cb",
            "/.env",
            "/a/.git/config",
            "/a%00.txt",
            "/c:/x",
            "/a.",
            "/a%20",
            "/.",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn prefixes_end_at_segments() {
        assert_eq!(after("/a", "/a/b"), Some("/b"));
        assert_eq!(after("/a/", "/a/b"), Some("/b"));
        assert_eq!(after("/a", "/a"), Some(""));
        assert_eq!(after("/a", "/ab"), None);
        assert_eq!(after("/", "/x"), Some("/x"));
    }

    proptest! {
        #[test]
        fn no_path_leads_out(rest in "(/|%2[eEfF]|%5c|\\.|[a-c]|%00|\\\\){0,24}") {
            if let Some(path) = below(Path::new("/srv"), &rest) {
                prop_assert!(path.starts_with("/srv"));
                let up = std::path::Component::ParentDir;
                prop_assert!(path.components().all(|part| part != up));
            }
        }
    }
}
