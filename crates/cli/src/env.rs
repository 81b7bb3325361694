//! Every environment variable of the command, and the only file that reads them (clap reads those
//! that stand for an option).

/// Engine to talk to.
pub(crate) const URL: &str = "III_URL";
/// Token to present to that engine.
pub(crate) const TOKEN: &str = "III_TOKEN";
/// PEM file with authorities of one's own for `wss`.
pub(crate) const CA_FILE: &str = "III_CA_FILE";
/// Namespace of the functions to call.
pub(crate) const NAMESPACE: &str = "III_NAMESPACE";
/// How much the engine says on stderr: `error`, `warn`, `info`, `debug` or `trace`, also by part as
/// in `warn,iii_engine=debug`.
pub(crate) const LOG: &str = "III_LOG";

/// A variable's value, unless it is unset, blank or not Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the file that may ask")]
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}
