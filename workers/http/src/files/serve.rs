//! Answers with a file.

use super::kinds::content_type;
use super::range::{self, Wanted};
use super::resolve::{after, below};
use crate::config::StaticFolder;
use crate::limits::FILE_CHUNK_BYTES;
use crate::response::{Chunks, ResponseBody, Truncated};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE,
};
use http::{Response, StatusCode, request};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

/// The configured folders, the longest prefix first.
pub(crate) struct Files {
    folders: Vec<(String, StaticFolder)>,
}

/// A file that may be sent.
struct Found {
    file: File,
    metadata: Metadata,
    content_type: &'static str,
}

impl Files {
    pub(crate) fn new(folders: &BTreeMap<String, StaticFolder>) -> Self {
        let mut folders: Vec<_> = folders
            .iter()
            .map(|(prefix, folder)| (prefix.clone(), folder.clone()))
            .collect();
        folders.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        Self { folders }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// The answer with the file that a GET or HEAD names, if there is one.
    pub(crate) async fn answer(&self, head: &request::Parts) -> Option<Response<ResponseBody>> {
        let path = head.uri.path();
        let matching = self.folders.iter().find_map(|(prefix, folder)| {
            let rest = after(prefix, path)?;
            Some((folder, rest))
        });
        let (folder, rest) = matching?;
        let root = tokio::fs::canonicalize(&folder.folder).await.ok()?;
        let wanted = below(&root, rest)?;
        if is_folder(&wanted).await {
            if !path.ends_with('/') {
                return Some(slashed(head));
            }
            let index = wanted.join(folder.index.as_deref()?);
            let found = open(&root, &index).await?;
            return Some(send(folder, found, &head.headers));
        }
        // A name with a slash after it is a folder's, and there is none.
        let named = if rest.ends_with('/') {
            None
        } else {
            open(&root, &wanted).await
        };
        let found = match (named, &folder.fallback) {
            (Some(found), _) => found,
            (None, Some(fallback)) => open(&root, &root.join(fallback)).await?,
            (None, None) => return None,
        };
        Some(send(folder, found, &head.headers))
    }
}

async fn is_folder(path: &Path) -> bool {
    let metadata = tokio::fs::metadata(path).await;
    metadata.is_ok_and(|metadata| metadata.is_dir())
}

/// Opens a regular file, unless a link leads out of the folder.
async fn open(root: &Path, path: &Path) -> Option<Found> {
    let real: PathBuf = tokio::fs::canonicalize(path).await.ok()?;
    if !real.starts_with(root) {
        tracing::warn!(path = %path.display(), "http.link_leads_out");
        return None;
    }
    let file = File::open(&real).await.ok()?;
    let metadata = file.metadata().await.ok()?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    metadata.is_file().then(|| Found {
        file,
        metadata,
        content_type: content_type(&name),
    })
}

/// Relative links of a folder's page work only below a path that ends with a slash.
fn slashed(head: &request::Parts) -> Response<ResponseBody> {
    // Two slashes at the start would name another host.
    let path = head.uri.path().trim_start_matches('/');
    let mut location = format!("/{path}/");
    if let Some(query) = head.uri.query() {
        location.extend(["?", query]);
    }
    let mut response = Response::new(ResponseBody::Full(None));
    *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
    set(&mut response, LOCATION, &location);
    response
}

fn send(folder: &StaticFolder, found: Found, request: &HeaderMap) -> Response<ResponseBody> {
    let length = found.metadata.len();
    let mut response = Response::new(ResponseBody::Full(None));
    describe(&mut response, folder, &found);
    let wanted = wanted(request, response.headers(), length);
    let (first, count) = match wanted {
        Wanted::Whole => (0, length),
        Wanted::Part { first, last } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {first}-{last}/{length}");
            set(&mut response, CONTENT_RANGE, &range);
            (first, last - first + 1)
        }
        Wanted::Nothing => {
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response.headers_mut().remove(CONTENT_TYPE);
            set(&mut response, CONTENT_RANGE, &format!("bytes */{length}"));
            return response;
        }
    };
    set(&mut response, CONTENT_LENGTH, &count.to_string());
    *response.body_mut() = ResponseBody::Streamed(chunks(found.file, first, count));
    response
}

fn describe(response: &mut Response<ResponseBody>, folder: &StaticFolder, found: &Found) {
    set(response, CONTENT_TYPE, found.content_type);
    set(response, ACCEPT_RANGES, "bytes");
    // A browser must not take a text for a script.
    set(
        response,
        HeaderName::from_static("x-content-type-options"),
        "nosniff",
    );
    if let Some(control) = &folder.cache_control {
        set(response, CACHE_CONTROL, control);
    }
    let Ok(modified) = found.metadata.modified() else {
        return;
    };
    set(response, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
    let nanoseconds = modified
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let tag = format!("\"{:x}-{nanoseconds:x}\"", found.metadata.len());
    set(response, ETAG, &tag);
}

/// What part is wanted: a range counts only for the version the client knows.
fn wanted(request: &HeaderMap, answer: &HeaderMap, length: u64) -> Wanted {
    let Some(range) = request.get(RANGE).and_then(|range| range.to_str().ok()) else {
        return Wanted::Whole;
    };
    let known = request.get(IF_RANGE);
    let same = |value| answer.get(ETAG) == Some(value) || answer.get(LAST_MODIFIED) == Some(value);
    if known.is_some_and(|known| !same(known)) {
        return Wanted::Whole;
    }
    range::parse(range, length)
}

/// Reads a part of a file as the client takes it.
fn chunks(file: File, first: u64, count: u64) -> Chunks {
    struct Reading {
        file: File,
        begin: Option<u64>,
        left: u64,
    }
    let reading = Reading {
        file,
        begin: (first > 0).then_some(first),
        left: count,
    };
    Box::pin(stream::unfold(reading, |mut reading| async move {
        if reading.left == 0 {
            return None;
        }
        let read = async {
            if let Some(first) = reading.begin.take() {
                reading.file.seek(SeekFrom::Start(first)).await?;
            }
            let room = FILE_CHUNK_BYTES.min(usize::try_from(reading.left).unwrap_or(usize::MAX));
            let mut buffer = BytesMut::with_capacity(room);
            let mut limited = (&mut reading.file).take(reading.left);
            limited.read_buf(&mut buffer).await?;
            std::io::Result::Ok(buffer.freeze())
        };
        let part: Bytes = match read.await {
            Ok(part) if !part.is_empty() => part,
            // The file has become shorter, or cannot be read: the answer cannot be completed.
            _ => {
                reading.left = 0;
                return Some((Err(Truncated), reading));
            }
        };
        reading.left -= part.len() as u64;
        Some((Ok(part), reading))
    }))
}

fn set(response: &mut Response<ResponseBody>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
