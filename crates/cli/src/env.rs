//! Every environment variable of the command. clap reads them, beside their options.

/// Engine to talk to.
pub(crate) const URL: &str = "III_URL";
/// Token to present to that engine.
pub(crate) const TOKEN: &str = "III_TOKEN";
/// Namespace of the functions to call.
pub(crate) const NAMESPACE: &str = "III_NAMESPACE";
/// How much the engine says on stderr: `error`, `warn`, `info`, `debug` or `trace`, also by part as
/// in `warn,iii_engine=debug`.
pub(crate) const LOG: &str = "III_LOG";
