//! The configured rules, applied.

use super::Cors;
use http::Method;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
    VARY,
};

const ANY: HeaderValue = HeaderValue::from_static("*");

/// The configured rules, ready to apply.
pub(crate) struct Rules {
    origins: Origins,
    methods: Option<HeaderValue>,
    headers: Headers,
    expose: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    credentials: bool,
}

enum Origins {
    Any,
    These(Vec<String>),
}

enum Headers {
    /// Those that the preflight asks for.
    Any,
    These(HeaderValue),
}

impl Rules {
    pub(crate) fn new(config: &Cors) -> Self {
        let any = |list: &[String]| list.iter().any(|entry| entry == "*");
        let origins = if any(&config.allowed_origins) {
            Origins::Any
        } else {
            let list = config.allowed_origins.iter();
            Origins::These(list.map(|origin| origin.to_ascii_lowercase()).collect())
        };
        let headers = match joined(&config.allowed_headers) {
            Some(list) if !any(&config.allowed_headers) => Headers::These(list),
            _ => Headers::Any,
        };
        let methods: Vec<String> = config.allowed_methods.iter().map(|m| method(m)).collect();
        Self {
            origins,
            headers,
            methods: joined(&methods),
            expose: joined(&config.expose_headers),
            max_age: config.max_age_s.map(HeaderValue::from),
            credentials: config.allow_credentials,
        }
    }

    /// Adds what the answer to any request carries.
    pub(crate) fn apply(&self, request: &HeaderMap, response: &mut HeaderMap) {
        self.vary(response, &[&ORIGIN]);
        if self.allow(request, response)
            && let Some(expose) = &self.expose
        {
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
    }

    /// Adds what a preflight request asks for; `serves` are the methods of the path.
    pub(crate) fn apply_preflight(
        &self,
        request: &HeaderMap,
        serves: &str,
        response: &mut HeaderMap,
    ) {
        let asked = [
            &ORIGIN,
            &ACCESS_CONTROL_REQUEST_METHOD,
            &ACCESS_CONTROL_REQUEST_HEADERS,
        ];
        self.vary(response, &asked);
        if !self.allow(request, response) {
            return;
        }
        let of_path = || HeaderValue::from_str(serves).ok();
        let methods = self.methods.clone().or_else(of_path);
        if let Some(methods) = methods.filter(|methods| !methods.is_empty()) {
            response.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        let headers = match &self.headers {
            Headers::Any => request.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
            Headers::These(list) => Some(list.clone()),
        };
        if let Some(headers) = headers {
            response.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
        if let Some(max_age) = &self.max_age {
            response.insert(ACCESS_CONTROL_MAX_AGE, max_age.clone());
        }
    }

    /// Whether the request's origin is allowed.
    pub(crate) fn allows(&self, request: &HeaderMap) -> bool {
        self.allow(request, &mut HeaderMap::new())
    }

    /// Whether the request's origin is allowed; says so if it is.
    fn allow(&self, request: &HeaderMap, response: &mut HeaderMap) -> bool {
        let Some(origin) = request.get(ORIGIN) else {
            return false;
        };
        let allowed = match &self.origins {
            Origins::Any => ANY,
            Origins::These(list) => {
                let text = origin.to_str().unwrap_or_default().to_ascii_lowercase();
                if !list.contains(&text) {
                    return false;
                }
                origin.clone()
            }
        };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        true
    }

    /// Tells caches what else the answer depends on, whether or not this request has it: a cache
    /// must not hand the answer for one origin to another.
    fn vary(&self, response: &mut HeaderMap, names: &[&http::HeaderName]) {
        if matches!(self.origins, Origins::Any) && names.len() == 1 {
            return;
        }
        for name in names {
            let value = HeaderValue::from((*name).clone());
            response.append(VARY, value);
        }
    }
}

/// Whether a request only asks what other origins may do.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn joined(list: &[String]) -> Option<HeaderValue> {
    let text = list.join(", ");
    HeaderValue::from_str(&text)
        .ok()
        .filter(|value| !value.is_empty())
}

/// The known methods in upper case, as browsers compare them; others as they are.
fn method(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if known.contains(&upper.as_str()) {
        upper
    } else {
        name.to_owned()
    }
}
