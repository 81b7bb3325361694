//! The tries of all hosts: routes of a host come before those of a wildcard above it, and those
//! before routes of no host. A host without a fitting route hides nothing.

use crate::config::{HostName, host_of};
use crate::router::trie::{Found, Node};
use crate::router::{Allowed, Route, RouteMethod};
use std::sync::Arc;

/// Cloning shares all tries.
pub(crate) struct Hosts<T> {
    /// Of routes that name no host.
    any: Arc<Node<T>>,
    exact: imbl::HashMap<Arc<str>, Arc<Node<T>>>,
    /// By the name above all those that are covered.
    wildcard: imbl::HashMap<Arc<str>, Arc<Node<T>>>,
}

impl<T> Default for Hosts<T> {
    fn default() -> Self {
        Self {
            any: Arc::default(),
            exact: imbl::HashMap::new(),
            wildcard: imbl::HashMap::new(),
        }
    }
}

impl<T> Clone for Hosts<T> {
    fn clone(&self) -> Self {
        Self {
            any: Arc::clone(&self.any),
            exact: self.exact.clone(),
            wildcard: self.wildcard.clone(),
        }
    }
}

impl<T> Hosts<T> {
    /// The trie of a host as routes name it; an empty one where no route does.
    pub(crate) fn node(&self, host: Option<&HostName>) -> Arc<Node<T>> {
        let node = match host {
            None => Some(&self.any),
            Some(host) if host.is_wildcard() => self.wildcard.get(host.name()),
            Some(host) => self.exact.get(host.name()),
        };
        node.cloned().unwrap_or_default()
    }

    /// The same with another trie for one host.
    pub(crate) fn with(&self, host: Option<&HostName>, node: Node<T>) -> Self {
        let mut hosts = self.clone();
        let Some(host) = host else {
            hosts.any = Arc::new(node);
            return hosts;
        };
        let map = if host.is_wildcard() {
            &mut hosts.wildcard
        } else {
            &mut hosts.exact
        };
        if node.is_empty() {
            map.remove(host.name());
        } else {
            map.insert(Arc::clone(host.name()), Arc::new(node));
        }
        hosts
    }

    /// Adds the routes of all hosts.
    pub(crate) fn collect(&self, routes: &mut Vec<Arc<Route<T>>>) {
        let named = self.exact.values().chain(self.wildcard.values());
        for node in named.chain([&self.any]) {
            node.collect(routes);
        }
    }

    /// Finds the route for a request to `host`, as its header says it.
    pub(crate) fn find<'p>(
        &self,
        host: Option<&str>,
        path: &'p str,
        method: Option<RouteMethod>,
        allowed: &mut Allowed,
    ) -> Option<Found<'p, T>> {
        if self.exact.is_empty() && self.wildcard.is_empty() {
            return self.any.find(path, method, allowed);
        }
        let name = host_of(host.unwrap_or_default());
        if let Some(node) = self.exact.get(&*name)
            && let Some(found) = node.find(path, method, allowed)
        {
            return Some(found);
        }
        let mut rest = &*name;
        while let Some((_, above)) = rest.split_once('.') {
            if let Some(node) = self.wildcard.get(above)
                && let Some(found) = node.find(path, method, allowed)
            {
                return Some(found);
            }
            rest = above;
        }
        self.any.find(path, method, allowed)
    }
}
