//! The cookies of a request.

use super::headers::text;
use crate::limits::COOKIES_MAX;
use http::HeaderMap;
use http::header::COOKIE;

/// The cookies by name, in their order; of a repeated name the first, because clients send the
/// most specific one first. Values are as they came, without the quotes around them.
pub(crate) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for value in headers.get_all(COOKIE) {
        for pair in text(value).split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let known = || found.iter().any(|(other, _)| other == name);
            if name.is_empty() || found.len() >= COOKIES_MAX || known() {
                continue;
            }
            let bare = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .unwrap_or(value);
            found.push((name.to_owned(), bare.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_told_apart() {
        let mut headers = HeaderMap::new();
        for value in ["a=1; b=\"x y\"; a=2", "c=d=e;;broken; =nameless; f="] {
            headers.append(COOKIE, value.parse().unwrap());
        }
        let found = cookies(&headers);
        let shown: Vec<_> = found.iter().map(|(n, v)| format!("{n}:{v}")).collect();
        assert_eq!(shown, ["a:1", "b:x y", "c:d=e", "f:"]);
        assert!(cookies(&HeaderMap::new()).is_empty());
    }
}
