//! Every environment variable the SDK reads, and the only file that reads them.

/// Address of the engine, for programs that name none.
pub(crate) const ENGINE_URL: &str = "III_URL";
/// Token for the engine's listener.
pub(crate) const TOKEN: &str = "III_TOKEN";
/// PEM file with authorities that a `wss` engine may have its certificate from, beside those that
/// the machine trusts.
pub(crate) const CA_FILE: &str = "III_CA_FILE";
/// Worker name for `register_worker` when the options give none.
pub(crate) const WORKER_NAME: &str = "III_WORKER_NAME";
/// Namespace when the options give none; blank means unset.
pub(crate) const NAMESPACE: &str = "III_NAMESPACE";
/// What the worker runs in, shown in discovery.
pub(crate) const ISOLATION: &str = "III_ISOLATION";

/// Most bytes of a payload that goes into a trace; `unlimited`, 0 and unset mean all of it.
pub(crate) const TRACE_PAYLOAD_MAX_BYTES: &str = "III_TRACE_PAYLOAD_MAX_BYTES";

/// A variable's value, unless it is unset, blank or not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

/// This machine's name, for the default worker name.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.map(|name| name.trim().to_owned());
    name.or_else(|| get("HOSTNAME"))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "worker".to_owned())
}
