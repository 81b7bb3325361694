//! What was compressed is what comes out.

use super::*;
use crate::response::Chunks;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::io::Read;

const SETTINGS: config::Compression = config::Compression {
    enabled: true,
    bytes_min: 100,
};

fn answer(kind: &'static str, body: ResponseBody) -> Response<ResponseBody> {
    let mut response = Response::new(body);
    let value = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}

fn with(accept: &'static str, mut response: Response<ResponseBody>) -> Response<ResponseBody> {
    let mut request = HeaderMap::new();
    request.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept));
    apply(&SETTINGS, &Method::GET, &request, &mut response);
    response
}

async fn parts(response: Response<ResponseBody>) -> Vec<Vec<u8>> {
    match response.into_body() {
        ResponseBody::Full(body) => body.iter().map(|bytes| bytes.to_vec()).collect(),
        ResponseBody::Streamed(chunks) => chunks.map(|part| part.unwrap().to_vec()).collect().await,
        ResponseBody::Watched(_) => panic!("nobody watches"),
    }
}

fn plain(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        "gzip" => {
            flate2::read::MultiGzDecoder::new(bytes)
                .read_to_end(&mut out)
                .unwrap();
        }
        "br" => {
            brotli::Decompressor::new(bytes, 4096)
                .read_to_end(&mut out)
                .unwrap();
        }
        _ => out = zstd::stream::decode_all(bytes).unwrap(),
    }
    out
}

#[tokio::test]
async fn every_coding_gives_the_body_back() {
    for coding in ["gzip", "br", "zstd"] {
        for size in [200, STEP_BYTES, 10 * STEP_BYTES + 7] {
            let body: Vec<u8> = (0..size).map(|n| b'a' + (n % 7) as u8).collect();
            let response = answer("text/plain", ResponseBody::full(Bytes::from(body.clone())));
            let response = with(coding, response);
            assert_eq!(response.headers()[CONTENT_ENCODING], coding);
            assert_eq!(response.headers()[VARY], "accept-encoding");
            let sent = parts(response).await.concat();
            assert!(sent.len() < size / 2);
            assert_eq!(plain(coding, &sent), body, "{coding} {size}");
        }
    }
}

#[tokio::test]
async fn streamed_chunks_can_be_read_as_they_come() {
    let chunks = || -> Chunks {
        let events = ["data: one\n\n", "data: two\n\n"];
        Box::pin(stream::iter(
            events.map(|text| Ok(Bytes::from_static(text.as_bytes()))),
        ))
    };
    for coding in ["gzip", "br", "zstd"] {
        let response = answer("text/event-stream", ResponseBody::Streamed(chunks()));
        let sent = parts(with(coding, response)).await;
        assert!(sent.len() >= 2, "{coding}");
        assert_eq!(plain(coding, &sent.concat()), b"data: one\n\ndata: two\n\n");
        if coding == "gzip" {
            let mut first = [0; 11];
            let mut reader = flate2::read::GzDecoder::new(&sent[0][..]);
            reader.read_exact(&mut first).unwrap();
            assert_eq!(&first, b"data: one\n\n");
        }
    }
}

#[test]
fn what_would_not_gain_stays_as_it_is() {
    let large = || ResponseBody::full(Bytes::from(vec![b'a'; 1000]));
    let coded = |response: Response<ResponseBody>| {
        with("gzip", response)
            .headers()
            .contains_key(CONTENT_ENCODING)
    };
    assert!(coded(answer("application/json", large())));
    assert!(coded(answer("application/problem+json", large())));
    assert!(coded(answer("image/svg+xml", large())));
    assert!(!coded(answer("image/png", large())));
    assert!(!coded(answer("application/zip", large())));
    assert!(!coded(answer(
        "text/plain",
        ResponseBody::full(Bytes::from_static(b"short"))
    )));
    let mut done = answer("text/plain", large());
    done.headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("No-Transform"));
    assert!(!coded(done));
    let mut partial = answer("text/plain", large());
    *partial.status_mut() = StatusCode::PARTIAL_CONTENT;
    assert!(!coded(partial));
    let mut strong = answer("text/plain", large());
    strong
        .headers_mut()
        .insert(ETAG, HeaderValue::from_static("\"a\""));
    assert_eq!(with("br", strong).headers()[ETAG], "W/\"a\"");
}
