//! From options to a connected worker.

use super::IIIClient;
use super::iii_helpers::observability::OtelConfig;
use super::runtime::{WorkerIdentityMode, WorkerMetadata};
use super::way::Way;
use crate::{DEFAULT_ENGINE_URL, env};
use std::collections::HashMap;

/// Options of [`register_worker`].
///
/// ```
/// use iii_kit::published::InitOptions;
/// let options = InitOptions { namespace: Some("billing".into()), ..InitOptions::default() };
/// assert!(options.metadata.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// Who the worker is; `None` names it after its host and process.
    pub metadata: Option<WorkerMetadata>,
    /// Further header lines of every request to the engine. `Authorization` is made of `III_TOKEN`
    /// unless it is among them.
    pub headers: Option<HashMap<String, String>>,
    /// How telemetry is exported; accepted and not used, see
    /// [`observability`](super::iii_helpers::observability).
    pub otel: Option<OtelConfig>,
    /// The worker's namespace; wins over the one in `metadata`.
    pub namespace: Option<String>,
    /// Whether `III_WORKER_NAME` and `III_NAMESPACE` have a say.
    pub identity: WorkerIdentityMode,
}

/// The engine's address: `III_URL`, or else [`DEFAULT_ENGINE_URL`].
pub fn engine_url_from_env() -> String {
    env::get(env::ENGINE_URL).unwrap_or_else(|| DEFAULT_ENGINE_URL.to_owned())
}

/// [`register_worker`] at the address of [`engine_url_from_env`].
///
/// # Panics
/// As [`register_worker`] does.
///
/// ```no_run
/// use iii_kit::published::{InitOptions, register_worker_from_env};
/// let worker = register_worker_from_env(InitOptions::default());
/// worker.shutdown();
/// ```
pub fn register_worker_from_env(options: InitOptions) -> IIIClient {
    register_worker(&engine_url_from_env(), options)
}

/// Connects a worker, in the background, and reconnects whenever the connection breaks. A thread of
/// its own drives it and runs its handlers. The worker lives until [`IIIClient::shutdown`], even
/// when no client is left.
///
/// # Panics
/// The namespace is blank, or the system refuses a thread.
///
/// ```no_run
/// use iii_kit::published::{InitOptions, RegisterFunction, register_worker};
/// let worker = register_worker("ws://127.0.0.1:49134", InitOptions::default());
/// worker.register_function("math::double", RegisterFunction::new(|n: u32| Ok(n * 2)));
/// worker.shutdown();
/// ```
pub fn register_worker(address: &str, options: InitOptions) -> IIIClient {
    let metadata = options.metadata.unwrap_or_default();
    let environment = |name: &str| match options.identity {
        WorkerIdentityMode::Managed => env::get(name),
        WorkerIdentityMode::Explicit => None,
    };
    let metadata = identified(metadata, options.namespace, environment);
    let way = Way::to(address, options.headers.unwrap_or_default());
    IIIClient::over(way, metadata)
}

/// Puts names from outside of the program into its worker's metadata.
///
/// # Panics
/// The namespace is blank.
pub(super) fn identified(
    mut metadata: WorkerMetadata,
    namespace: Option<String>,
    environment: impl Fn(&str) -> Option<String>,
) -> WorkerMetadata {
    if let Some(name) = environment(env::WORKER_NAME) {
        metadata.name = name;
    }
    if let Some(namespace) = &namespace {
        refuse_blank(namespace);
    }
    metadata.namespace = namespace
        .or(metadata.namespace)
        .or_else(|| environment(env::NAMESPACE));
    metadata
}

/// Absent means the default namespace; blank means a mistake, and to take it for absent would serve
/// a worker where nobody looks for it.
///
/// # Panics
/// The namespace is blank.
pub(super) fn refuse_blank(namespace: &str) {
    assert!(
        !namespace.trim().is_empty(),
        "the namespace is blank: name it, or leave it away for the default one"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(namespace: Option<&str>) -> WorkerMetadata {
        WorkerMetadata {
            name: "mine".to_owned(),
            namespace: namespace.map(str::to_owned),
            ..WorkerMetadata::default()
        }
    }

    #[test]
    fn the_environment_wins_over_the_name_and_fills_in_the_namespace() {
        let environment = |name: &str| Some(format!("from {name}"));
        let found = identified(metadata(None), None, environment);
        assert_eq!(found.name, "from III_WORKER_NAME");
        assert_eq!(found.namespace.as_deref(), Some("from III_NAMESPACE"));
        let found = identified(metadata(Some("own")), None, environment);
        assert_eq!(found.namespace.as_deref(), Some("own"));
        let found = identified(
            metadata(Some("own")),
            Some("option".to_owned()),
            environment,
        );
        assert_eq!(found.namespace.as_deref(), Some("option"));
    }

    #[test]
    fn an_explicit_identity_is_the_programs_alone() {
        let found = identified(metadata(None), None, |_| None);
        assert_eq!((found.name.as_str(), found.namespace), ("mine", None));
    }

    #[test]
    #[should_panic(expected = "the namespace is blank")]
    fn a_blank_namespace_is_a_mistake() {
        identified(metadata(None), Some(" ".to_owned()), |_| None);
    }
}
