//! Registration: who owns which route.

use crate::limits::{BINDINGS_PER_ROUTE_MAX, ROUTES_MAX};
use crate::router::hosts::Hosts;
use crate::router::{Allowed, Lookup, Pattern, RouteMethod};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One registration of a trigger, before or after it became part of a route.
pub(crate) struct Binding<T> {
    pub(crate) trigger_id: String,
    pub(crate) function_id: String,
    pub(crate) namespace: String,
    pub(crate) target: T,
}

/// What serves one method of one path: the bindings of one function, newest last. The newest
/// serves; when it goes the one before takes over.
pub(crate) struct Route<T> {
    pub(crate) method: RouteMethod,
    pub(crate) pattern: Arc<Pattern>,
    bindings: Vec<Arc<Binding<T>>>,
}

/// Why a registration was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegisterError {
    #[error(transparent)]
    Conflict(#[from] ConflictError),
    #[error("this http worker already has {ROUTES_MAX} routes")]
    TooManyRoutes,
    #[error("`{route}` already has {BINDINGS_PER_ROUTE_MAX} registrations")]
    TooManyBindings { route: String },
}

/// The route belongs to another function, or names its parameters otherwise.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{wanted}` conflicts with `{taken}`, which function `{function_id}` \
     (namespace `{namespace}`, trigger `{trigger_id}`) owns"
)]
pub(crate) struct ConflictError {
    wanted: String,
    taken: String,
    function_id: String,
    namespace: String,
    trigger_id: String,
}

/// The routes: written by registrations, read by requests.
pub(crate) struct Router<T> {
    /// Where each trigger's route is; the lock makes registrations take turns.
    triggers: Mutex<HashMap<String, Place>>,
    published: ArcSwap<Hosts<T>>,
    /// Raised by every change.
    generation: AtomicU64,
}

#[derive(Clone, PartialEq, Eq)]
struct Place {
    method: RouteMethod,
    pattern: Arc<Pattern>,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self {
            triggers: Mutex::default(),
            published: ArcSwap::from_pointee(Hosts::default()),
            generation: AtomicU64::new(0),
        }
    }
}

impl<T> Router<T> {
    /// Adds a route. A trigger id that is already known is replaced; a refused replacement leaves
    /// what was there.
    pub(crate) fn register(
        &self,
        method: RouteMethod,
        pattern: Pattern,
        binding: Binding<T>,
    ) -> Result<(), RegisterError> {
        let mut triggers = self.triggers.lock();
        let before = self.published.load_full();
        let replaced = triggers.get(&binding.trigger_id);
        if replaced.is_none() && triggers.len() >= ROUTES_MAX {
            return Err(RegisterError::TooManyRoutes);
        }
        let cleared = replaced.map(|place| before.without(place, &binding.trigger_id));
        let hosts = cleared.as_ref().unwrap_or(&before);
        let place = Place {
            method,
            pattern: Arc::new(pattern),
        };
        let trigger_id = binding.trigger_id.clone();
        let host = place.pattern.host.as_ref();
        let root = hosts.node(host);
        let route = extend(root.get(&place.pattern.segments, method), &place, binding)?;
        let after = root.with(&place.pattern.segments, method, Some(Arc::new(route)));
        self.publish(hosts.with(host, after));
        triggers.insert(trigger_id, place);
        Ok(())
    }

    /// Takes a trigger's registration away; unknown ids are ignored.
    pub(crate) fn unregister(&self, trigger_id: &str) {
        let mut triggers = self.triggers.lock();
        if let Some(place) = triggers.remove(trigger_id) {
            let after = self.published.load().without(&place, trigger_id);
            self.publish(after);
        }
    }

    /// Puts another target into every registration, all of them at once for requests.
    pub(crate) fn retarget(&self, target: impl Fn(&Route<T>, &Binding<T>) -> T) {
        let _registering = self.triggers.lock();
        let mut hosts = self.published.load().as_ref().clone();
        for route in self.all() {
            let bindings = route.bindings.iter().map(|binding| {
                Arc::new(Binding {
                    trigger_id: binding.trigger_id.clone(),
                    function_id: binding.function_id.clone(),
                    namespace: binding.namespace.clone(),
                    target: target(&route, binding),
                })
            });
            let changed = Arc::new(Route {
                method: route.method,
                pattern: Arc::clone(&route.pattern),
                bindings: bindings.collect(),
            });
            let host = route.pattern.host.as_ref();
            let segments = &route.pattern.segments;
            let root = hosts.node(host).with(segments, route.method, Some(changed));
            hosts = hosts.with(host, root);
        }
        self.publish(hosts);
    }

    fn publish(&self, hosts: Hosts<T>) {
        self.published.store(Arc::new(hosts));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Tells whether anything has changed between two moments.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// All routes, in no particular order.
    pub(crate) fn all(&self) -> Vec<Arc<Route<T>>> {
        let mut routes = Vec::new();
        self.published.load().collect(&mut routes);
        routes
    }

    /// Finds the route for a request target's path. `host` is as the request says it; no `method`
    /// is one that no route can have.
    pub(crate) fn find<'p>(
        &self,
        host: Option<&str>,
        path: &'p str,
        method: Option<RouteMethod>,
    ) -> Lookup<'p, T> {
        let hosts = self.published.load();
        let mut allowed = Allowed::default();
        let path = path.strip_prefix('/').unwrap_or(path);
        match hosts.find(host, path, method, &mut allowed) {
            Some(found) => Lookup::Found(found),
            None if allowed.is_empty() => Lookup::NotFound,
            None => Lookup::WrongMethod(allowed),
        }
    }
}

impl<T> Hosts<T> {
    fn without(&self, place: &Place, trigger_id: &str) -> Self {
        let segments = &place.pattern.segments;
        let host = place.pattern.host.as_ref();
        let root = self.node(host);
        let left = root.get(segments, place.method).and_then(|route| {
            let mut bindings = route.bindings.clone();
            bindings.retain(|binding| binding.trigger_id != trigger_id);
            (!bindings.is_empty()).then(|| {
                Arc::new(Route {
                    method: route.method,
                    pattern: Arc::clone(&route.pattern),
                    bindings,
                })
            })
        });
        self.with(host, root.with(segments, place.method, left))
    }
}

impl<T> Route<T> {
    /// What people call it: method, pattern and, if there is one, host.
    pub(crate) fn name(&self) -> String {
        name(self.method, &self.pattern)
    }

    /// The binding that serves.
    pub(crate) fn binding(&self) -> &Arc<Binding<T>> {
        // A route without bindings is taken out of the trie, never published.
        let newest = self.bindings.len() - 1;
        &self.bindings[newest]
    }
}

/// The route at `place` with one binding more.
fn extend<T>(
    existing: Option<&Arc<Route<T>>>,
    place: &Place,
    binding: Binding<T>,
) -> Result<Route<T>, RegisterError> {
    let mut bindings = Vec::new();
    if let Some(route) = existing {
        check_owner(route, place, &binding)?;
        if route.bindings.len() >= BINDINGS_PER_ROUTE_MAX {
            return Err(RegisterError::TooManyBindings {
                route: name(place.method, &route.pattern),
            });
        }
        bindings.clone_from(&route.bindings);
    }
    bindings.push(Arc::new(binding));
    Ok(Route {
        method: place.method,
        pattern: Arc::clone(&place.pattern),
        bindings,
    })
}

fn check_owner<T>(
    route: &Route<T>,
    place: &Place,
    binding: &Binding<T>,
) -> Result<(), ConflictError> {
    let owner = route.binding();
    let same_function =
        owner.function_id == binding.function_id && owner.namespace == binding.namespace;
    if same_function && route.pattern.names == place.pattern.names {
        return Ok(());
    }
    Err(ConflictError {
        wanted: name(place.method, &place.pattern),
        taken: name(route.method, &route.pattern),
        function_id: owner.function_id.clone(),
        namespace: owner.namespace.clone(),
        trigger_id: owner.trigger_id.clone(),
    })
}

fn name(method: RouteMethod, pattern: &Pattern) -> String {
    match &pattern.host {
        Some(host) => format!("{method} {} on host {host}", pattern.text),
        None => format!("{method} {}", pattern.text),
    }
}
