//! A persistent trie over path segments.

use crate::router::pattern::Segment;
use crate::router::{Allowed, Route, RouteMethod, decode_component};
use std::sync::Arc;

/// One node. Cloning shares everything below, so changing one path copies that path only.
pub(crate) struct Node<T> {
    fixed: imbl::HashMap<Arc<str>, Arc<Node<T>>>,
    parameter: Option<Arc<Node<T>>>,
    rest: Option<Arc<Node<T>>>,
    methods: [Option<Arc<Route<T>>>; RouteMethod::ALL.len()],
}

/// A route and the raw text its parameters matched, in the order of the pattern's names.
pub(crate) struct Found<'p, T> {
    pub(crate) route: Arc<Route<T>>,
    /// Not yet percent-decoded.
    pub(crate) captures: Vec<&'p str>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            fixed: imbl::HashMap::new(),
            parameter: None,
            rest: None,
            methods: Default::default(),
        }
    }
}

impl<T> Clone for Node<T> {
    fn clone(&self) -> Self {
        Self {
            fixed: self.fixed.clone(),
            parameter: self.parameter.clone(),
            rest: self.rest.clone(),
            methods: self.methods.clone(),
        }
    }
}

impl<T> Node<T> {
    /// The route registered under exactly this shape and method.
    pub(crate) fn get(&self, segments: &[Segment], method: RouteMethod) -> Option<&Arc<Route<T>>> {
        let Some((first, others)) = segments.split_first() else {
            return self.methods[method.index()].as_ref();
        };
        self.child(first)?.get(others, method)
    }

    /// A trie in which `slot` stands under this shape and method; `None` takes the route away, and
    /// with it the nodes that served nothing else.
    pub(crate) fn with(
        &self,
        segments: &[Segment],
        method: RouteMethod,
        slot: Option<Arc<Route<T>>>,
    ) -> Self {
        let mut copy = self.clone();
        let Some((first, others)) = segments.split_first() else {
            copy.methods[method.index()] = slot;
            return copy;
        };
        let child = match self.child(first) {
            Some(child) => child.with(others, method, slot),
            None => Self::default().with(others, method, slot),
        };
        copy.set_child(first, child);
        copy
    }

    /// Finds the most specific route for a path (without its leading slash): at every segment fixed
    /// text beats a parameter, a parameter beats a wildcard, and a route that does not serve the
    /// method does not hide a less specific one that does.
    pub(crate) fn find<'p>(
        &self,
        path: &'p str,
        method: Option<RouteMethod>,
        allowed: &mut Allowed,
    ) -> Option<Found<'p, T>> {
        let mut captures = Vec::new();
        let route = self.walk(Some(path), method, &mut captures, allowed)?;
        Some(Found {
            route: Arc::clone(route),
            captures,
        })
    }

    fn walk<'p>(
        &self,
        path: Option<&'p str>,
        method: Option<RouteMethod>,
        captures: &mut Vec<&'p str>,
        allowed: &mut Allowed,
    ) -> Option<&Arc<Route<T>>> {
        let Some(path) = path else {
            return self.serve(method, allowed);
        };
        let (segment, others) = match path.split_once('/') {
            Some((segment, others)) => (segment, Some(others)),
            None => (path, None),
        };
        let fixed = self.fixed.get(decode_component(segment).as_ref());
        if let Some(route) = fixed.and_then(|n| n.walk(others, method, captures, allowed)) {
            return Some(route);
        }
        if let Some(node) = self.parameter.as_ref().filter(|_| !segment.is_empty()) {
            captures.push(segment);
            if let Some(route) = node.walk(others, method, captures, allowed) {
                return Some(route);
            }
            captures.pop();
        }
        if let Some(node) = self.rest.as_ref().filter(|_| !path.is_empty()) {
            captures.push(path);
            if let Some(route) = node.serve(method, allowed) {
                return Some(route);
            }
            captures.pop();
        }
        None
    }

    fn serve(&self, method: Option<RouteMethod>, allowed: &mut Allowed) -> Option<&Arc<Route<T>>> {
        let exact = method.and_then(|method| self.methods[method.index()].as_ref());
        let found = match (exact, method) {
            (None, Some(RouteMethod::Head)) => self.methods[RouteMethod::Get.index()].as_ref(),
            _ => exact,
        };
        if found.is_none() {
            for served in RouteMethod::ALL {
                if self.methods[served.index()].is_some() {
                    allowed.insert(served);
                }
            }
        }
        found
    }

    /// Adds every route from here on; as deep as the deepest pattern.
    pub(crate) fn collect(&self, routes: &mut Vec<Arc<Route<T>>>) {
        routes.extend(self.methods.iter().flatten().cloned());
        let fixed = self.fixed.values();
        for node in fixed.chain(&self.parameter).chain(&self.rest) {
            node.collect(routes);
        }
    }

    fn child(&self, segment: &Segment) -> Option<&Self> {
        match segment {
            Segment::Fixed(text) => self.fixed.get(text).map(Arc::as_ref),
            Segment::Parameter => self.parameter.as_deref(),
            Segment::Rest => self.rest.as_deref(),
        }
    }

    fn set_child(&mut self, segment: &Segment, child: Self) {
        let child = (!child.is_empty()).then(|| Arc::new(child));
        match (segment, child) {
            (Segment::Fixed(text), Some(child)) => {
                self.fixed.insert(Arc::clone(text), child);
            }
            (Segment::Fixed(text), None) => {
                self.fixed.remove(text);
            }
            (Segment::Parameter, child) => self.parameter = child,
            (Segment::Rest, child) => self.rest = child,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fixed.is_empty()
            && self.parameter.is_none()
            && self.rest.is_none()
            && self.methods.iter().all(Option::is_none)
    }
}
