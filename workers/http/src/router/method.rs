//! The methods a route may serve.

use std::fmt;

/// A method of the trigger configuration. The list is closed: a misspelt method is refused when the
/// trigger is registered instead of never matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RouteMethod {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl RouteMethod {
    pub(crate) const ALL: [Self; 7] = [
        Self::Get,
        Self::Head,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
    ];

    /// Reads a method name in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
    }

    /// The method of a request, if routes can serve it at all.
    pub(crate) fn of_request(method: &http::Method) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.as_str() == method.as_str())
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for RouteMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of methods, for the `Allow` header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allowed(u8);

impl Allowed {
    pub(crate) fn insert(&mut self, method: RouteMethod) {
        self.0 |= 1 << method.index();
        if method == RouteMethod::Get {
            self.0 |= 1 << RouteMethod::Head.index();
        }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, method: RouteMethod) -> bool {
        self.0 & (1 << method.index()) != 0
    }

    /// The value of an `Allow` header. `OPTIONS` is always in it, because every path answers it.
    pub(crate) fn header(self) -> String {
        let mut text = String::new();
        for method in RouteMethod::ALL {
            if self.contains(method) || method == RouteMethod::Options {
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(method.as_str());
            }
        }
        text
    }
}
