//! Whatever arrives as a request, its payload is one well-formed JSON value.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| iii_worker_http::fuzz_request(data));
