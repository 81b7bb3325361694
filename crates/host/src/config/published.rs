//! Names of the published configuration that need more than another spelling.

/// What an entry of `workers` with a published name means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A worker of this build, under its own or an older name.
    Worker,
    /// The worker listener, which is in `listeners` here.
    Listener,
    /// Nothing to do; the text says why.
    Ignored(&'static str),
}

pub(super) fn meaning(name: &str) -> Meaning {
    match name {
        "iii-worker-manager" => Meaning::Listener,
        "iii-telemetry" => Meaning::Ignored("this engine sends no telemetry to anyone"),
        "iii-engine-functions" => Meaning::Ignored("the engine always has its own functions"),
        _ => Meaning::Worker,
    }
}
