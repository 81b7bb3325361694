//! The trigger type `http`: from a binding's configuration to a route.

use crate::config::HostName;
use crate::gate::{Front, Gate, Wants};
use crate::rate::RateLimit;
use crate::request::MediaRange;
use crate::router::{Binding, Pattern, RouteMethod, Router};
use iii_kit::{BoundTrigger, BoxFuture, HandlerError, TriggerHandler};
use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::Deserialize;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Configuration of an `http` trigger.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteConfig {
    /// Path of the route. Segments `:name` or `{name}` match one segment, `*name` or `{*name}` at
    /// the end matches the rest. The leading slash is optional.
    #[serde(default)]
    api_path: Option<String>,
    /// The host that the route is served for, as `app.example.org` or `*.example.org`; absent means
    /// all. Routes of a host come before routes without one.
    #[serde(default)]
    host: Option<HostName>,
    /// GET (the default), HEAD, POST, PUT, PATCH, DELETE or OPTIONS.
    #[serde(default)]
    http_method: Option<String>,
    /// Function asked before every call; only the answer `false` refuses the request (422).
    /// Read by the SDK.
    #[serde(default, rename = "condition_function_id")]
    _condition_function_id: Option<String>,
    /// Functions asked before the handler, after the worker's own middleware and the condition, in
    /// this order. They fail closed.
    #[serde(default)]
    middleware_function_ids: Option<Vec<String>>,
    /// Functions that see, and may change, what the handler answered, in this order.
    #[serde(default)]
    post_middleware_function_ids: Option<Vec<String>>,
    /// How often callers may ask on this route; the worker's limits hold as well.
    #[serde(default)]
    rate_limits: Option<Vec<RateLimit>>,
    /// Names of the schemes of the worker's `auth` of which one has to accept a request. Empty
    /// means everybody may ask; absent means what the worker requires.
    #[serde(default)]
    auth: Option<Vec<String>>,
    /// Scopes that a caller needs, all of them; else the answer is 403.
    #[serde(default)]
    auth_scopes: Option<Vec<String>>,
    /// Whether requests are checked against the function's request schema (422); absent means what
    /// the worker is configured with.
    #[serde(default)]
    validate: Option<bool>,
    /// Whether the route is part of `/openapi.json`; absent means yes.
    #[serde(default)]
    documented: Option<bool>,
    /// How long a request may take on this route, in milliseconds; absent means the worker's
    /// `default_timeout`.
    #[serde(default)]
    timeout_ms: Option<NonZeroU32>,
    /// Largest request body of this route, in bytes; absent means the worker's.
    #[serde(default)]
    body_bytes_max: Option<usize>,
    /// Calls of this route in progress at the same time; one more is answered 503. The worker's
    /// `concurrency_request_limit` holds as well.
    #[serde(default)]
    concurrency_max: Option<NonZeroU32>,
    /// Content types this route takes, as `application/json` or `image/*`; a body of any other is
    /// answered 415. Absent means all.
    #[serde(default)]
    accepts: Option<Vec<MediaRange>>,
    /// Whether this is a WebSocket endpoint: the function is called once for each connection, its
    /// two channels carry the messages. Only for GET.
    #[serde(default)]
    websocket: bool,
    /// Whether whole answers get an `ETag` made of their body, so that a client that has it is
    /// answered 304. A tag that the function gives is heeded in any case.
    #[serde(default)]
    etag: bool,
    /// Whether the function may answer through its `response` channel. With `false` a function
    /// that returns nothing is answered 204 at once.
    #[serde(default)]
    response_channel: Option<bool>,
}

/// What a route calls, and how.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) bound: BoundTrigger,
    pub(crate) timeout: Option<Duration>,
    pub(crate) body_bytes_max: Option<usize>,
    /// The calls this route may have at the same time.
    pub(crate) room: Option<Arc<Semaphore>>,
    pub(crate) accepts: Option<Vec<MediaRange>>,
    pub(crate) etag: bool,
    pub(crate) websocket: bool,
    pub(crate) response_channel: bool,
    /// What the trigger asks for to stand before the function.
    wants: Wants,
    /// What stands before the function.
    barrier: Barrier,
    /// Whether `/openapi.json` has it.
    pub(crate) documented: bool,
}

/// What stands before a function.
#[derive(Clone)]
enum Barrier {
    Nothing,
    Gate(Arc<Gate>),
    /// It asks for what a new configuration does not have any more.
    Shut,
}

/// A route that is not to be passed until its configuration is mended.
pub(crate) struct Shut;

pub(crate) type Routes = Router<Target>;

/// Serves `http` triggers by keeping the routes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Triggers {
    routes: Arc<Routes>,
    /// Held while a route is made or all are changed, so that none keeps an older gate.
    front: Arc<Mutex<Arc<Front>>>,
}

impl Target {
    /// What stands before the function, if anything.
    ///
    /// # Errors
    /// Nobody may pass.
    pub(crate) fn gate(&self) -> Result<Option<&Arc<Gate>>, Shut> {
        match &self.barrier {
            Barrier::Nothing => Ok(None),
            Barrier::Gate(gate) => Ok(Some(gate)),
            Barrier::Shut => Err(Shut),
        }
    }
}

impl TriggerHandler for Triggers {
    fn register(&self, trigger: BoundTrigger) -> BoxFuture<'_, Result<(), HandlerError>> {
        Box::pin(async move { self.add(trigger) })
    }

    fn unregister<'a>(&'a self, id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move { self.routes.unregister(id) })
    }
}

impl Triggers {
    pub(crate) fn new(routes: Arc<Routes>, front: Arc<Front>) -> Self {
        Self {
            routes,
            front: Arc::new(Mutex::new(front)),
        }
    }

    /// Puts other gates before all routes. One that cannot have what it asks for is shut: open
    /// would be worse.
    pub(crate) fn follow(&self, front: Arc<Front>) {
        let mut current = self.front.lock();
        self.routes.retarget(|route, binding| {
            let target = &binding.target;
            let name = format!("{} {}", route.method, route.pattern.text);
            let gate = front.gate(&target.wants, name, &target.bound);
            let barrier = match gate {
                Ok(gate) => Barrier::of(gate),
                Err(reason) => {
                    let route = route.name();
                    tracing::warn!(route, reason, "http.route_shut");
                    Barrier::Shut
                }
            };
            Target {
                barrier,
                ..target.clone()
            }
        });
        *current = front;
    }

    fn add(&self, trigger: BoundTrigger) -> Result<(), HandlerError> {
        let mut config: RouteConfig =
            serde_json::from_slice(trigger.config.as_bytes()).map_err(refused)?;
        let (method, pattern) = config.route().map_err(refused)?;
        let route = format!("{method} {}", pattern.text);
        let wants = config.wants();
        let front = self.front.lock();
        let gate = front.gate(&wants, route, &trigger).map_err(refused)?;
        let binding = Binding {
            trigger_id: trigger.id.as_str().to_owned(),
            function_id: trigger.function_id.as_str().to_owned(),
            namespace: trigger.namespace.as_deref().unwrap_or("default").to_owned(),
            target: Target {
                timeout: config
                    .timeout_ms
                    .map(|ms| Duration::from_millis(ms.get().into())),
                body_bytes_max: config.body_bytes_max,
                room: config
                    .concurrency_max
                    .map(|max| Arc::new(Semaphore::new(max.get() as usize))),
                accepts: config.accepts,
                etag: config.etag,
                websocket: config.websocket,
                response_channel: config.response_channel.unwrap_or(true),
                wants,
                barrier: Barrier::of(gate),
                documented: config.documented.unwrap_or(true),
                bound: trigger,
            },
        };
        self.routes
            .register(method, pattern, binding)
            .map_err(refused)
    }
}

impl Barrier {
    fn of(gate: Option<Arc<Gate>>) -> Self {
        gate.map_or(Self::Nothing, Self::Gate)
    }
}

impl RouteConfig {
    fn route(&self) -> Result<(RouteMethod, Pattern), String> {
        let pattern = Pattern::parse(self.api_path.as_deref().unwrap_or_default())
            .map_err(|error| error.to_string())?
            .on(self.host.clone());
        let name = self.http_method.as_deref().unwrap_or("GET");
        let Some(method) = RouteMethod::parse(name) else {
            let known = RouteMethod::ALL.map(RouteMethod::as_str).join(", ");
            return Err(format!("`{name}` is no http_method: use one of {known}"));
        };
        if self.websocket && method != RouteMethod::Get {
            return Err(format!("a WebSocket begins with GET, not {method}"));
        }
        Ok((method, pattern))
    }

    /// What the route wants besides its function.
    fn wants(&mut self) -> Wants {
        Wants {
            before: self.middleware_function_ids.take().unwrap_or_default(),
            after: self.post_middleware_function_ids.take().unwrap_or_default(),
            rate_limits: self.rate_limits.take().unwrap_or_default(),
            auth: self.auth.take(),
            scopes: self.auth_scopes.take().unwrap_or_default(),
            validate: self.validate,
        }
    }
}

fn refused(reason: impl ToString) -> HandlerError {
    HandlerError::new("trigger_registration_failed", reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn route(config: serde_json::Value) -> Result<String, String> {
        let config: RouteConfig =
            serde_json::from_value(config).map_err(|error| error.to_string())?;
        let (method, pattern) = config.route()?;
        Ok(format!("{method} {}", pattern.text))
    }

    #[test]
    fn the_method_is_get_unless_named_in_any_case() {
        assert_eq!(route(json!({ "api_path": "a" })).unwrap(), "GET a");
        let config = json!({
            "api_path": "/a", "http_method": "post", "condition_function_id": null,
            "middleware_function_ids": [],
        });
        assert_eq!(route(config).unwrap(), "POST /a");
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (config, part) in [
            (json!({}), "api_path is required"),
            (json!({ "api_path": "" }), "api_path is required"),
            (json!({ "api_path": 7 }), "expected a string"),
            (
                json!({ "api_path": "/a", "http_method": "FETCH" }),
                "use one of GET",
            ),
            (
                json!({ "api_path": "/a", "http_methd": "GET" }),
                "unknown field",
            ),
            (
                json!({ "api_path": "/a", "http_method": "POST", "websocket": true }),
                "begins with GET",
            ),
            (
                json!({ "api_path": "/a", "host": "a.example/b" }),
                "no host name",
            ),
            (
                json!({ "api_path": "/a", "accepts": ["json"] }),
                "no content type",
            ),
        ] {
            let error = route(config).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
