//! The descriptions of functions, kept until the catalog changes.

use crate::limits::{DESCRIBE_TIME_MAX, FUNCTIONS_KNOWN_MAX};
use crate::validate::Checker;
use iii_kit::{
    Client, Context, Error, FunctionRef, HandlerError, Payload, RegisterError, RegisterFunction,
    RegisterTriggerInput, TriggerRef, TriggerRequest,
};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::OnceCell;

/// The descriptions of functions.
pub(crate) struct Catalog {
    client: Client,
    watching: OnceCell<(FunctionRef, TriggerRef)>,
    shared: Arc<Shared>,
}

/// By namespace and id; `None` is a function that is not there.
type Known = HashMap<(String, String), Option<Arc<Described>>>;

#[derive(Default)]
struct Shared {
    /// Raised whenever the catalog changes.
    generation: AtomicU64,
    known: Mutex<Known>,
}

/// What the engine says of a function.
#[derive(Deserialize)]
pub(crate) struct Described {
    pub(crate) worker_name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) request_schema: Option<Value>,
    #[serde(default)]
    pub(crate) response_schema: Option<Value>,
    /// The request schema, compiled when it is first needed.
    #[serde(skip)]
    pub(crate) checker: OnceLock<Result<Checker, String>>,
}

/// Why functions cannot be described now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DescribeError {
    #[error("cannot watch the catalog: {0}")]
    Watch(#[from] RegisterError),
    #[error("the engine does not describe functions: {0}")]
    Call(#[from] Error),
}

impl Catalog {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            watching: OnceCell::new(),
            shared: Arc::default(),
        }
    }

    /// Tells whether anything has changed between two moments.
    pub(crate) fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }

    /// Describes a function; `None` when there is no such function.
    pub(crate) async fn describe(
        &self,
        namespace: &str,
        id: &str,
    ) -> Result<Option<Arc<Described>>, DescribeError> {
        let key = (namespace.to_owned(), id.to_owned());
        if let Some(known) = self.shared.known.lock().get(&key) {
            return Ok(known.clone());
        }
        self.watching.get_or_try_init(|| self.watch()).await?;
        let generation = self.generation();
        let question = json!({ "function_ids": [id], "namespace": namespace });
        let call = TriggerRequest::new("engine::functions::info", question);
        let call = call.timeout(DESCRIBE_TIME_MAX);
        let mut answer: Value = self.client.trigger(call).await?;
        let entry = answer["functions"][0].take();
        // An entry with `error` instead of a worker is a function that is not there.
        let description = serde_json::from_value::<Described>(entry)
            .ok()
            .map(Arc::new);
        let mut known = self.shared.known.lock();
        if self.generation() == generation {
            if known.len() >= FUNCTIONS_KNOWN_MAX {
                known.clear();
            }
            known.insert(key, description.clone());
        }
        Ok(description)
    }

    async fn watch(&self) -> Result<(FunctionRef, TriggerRef), RegisterError> {
        // One function for each process: replicas must all hear of changes, not one of them.
        let id = format!(
            "http::catalog-changed::{:016x}",
            RandomState::new().hash_one(0_u8)
        );
        let shared = Arc::clone(&self.shared);
        let on_push = RegisterFunction::raw(move |_: Option<Payload>, _: Context| {
            let mut known = shared.known.lock();
            shared.generation.fetch_add(1, Ordering::Release);
            known.clear();
            drop(known);
            std::future::ready(Ok::<_, HandlerError>(None))
        })
        .description("tells this http worker that the set of functions has changed");
        let function = self.client.register_function(id.as_str(), on_push).await?;
        let push = "engine::functions-available";
        let trigger = RegisterTriggerInput::new(push, id.as_str(), &json!({}));
        let trigger = self.client.register_trigger(trigger).await?;
        Ok((function, trigger))
    }
}
