//! How the engine is started.

/// A configuration whose ports the system chooses at the first start, and which stay the same at
/// the next.
const CONFIG: &str = "\
listeners:
  - bind: 127.0.0.1:${III_TEST_PORT:0}
workers:
  - name: state
  - name: http
    config:
      port: ${III_TEST_HTTP_PORT:0}
  - name: queue
";

/// How an [`crate::EngineProcess`] is started.
#[derive(Clone, Debug)]
pub struct ProcessOptions {
    /// What `iii-config.yaml` says; none starts without a file. `${III_TEST_PORT:0}` and
    /// `${III_TEST_HTTP_PORT:0}` become the ports of the start before.
    pub config: Option<String>,
    /// Further variables of its environment.
    pub variables: Vec<(String, String)>,
    /// Further arguments of `iii serve`.
    pub arguments: Vec<String>,
}

impl Default for ProcessOptions {
    fn default() -> Self {
        Self {
            config: Some(CONFIG.to_owned()),
            variables: Vec::new(),
            arguments: Vec::new(),
        }
    }
}

impl ProcessOptions {
    /// The defaults with another configuration file.
    pub fn with_config(config: impl Into<String>) -> Self {
        Self {
            config: Some(config.into()),
            ..Self::default()
        }
    }
}
