//! Cross-origin rules. Without configuration no header is ever added: same origin only.

use crate::config;
use crate::response::ResponseBody;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
    VARY,
};
use http::{Method, Response};

/// The configured rules, ready to apply.
pub(crate) struct Cors {
    origins: Origins,
    methods: Option<HeaderValue>,
}

enum Origins {
    Any,
    These(Vec<String>),
}

impl Cors {
    pub(crate) fn new(config: &config::Cors) -> Self {
        let origins = if config.allowed_origins.iter().any(|origin| origin == "*") {
            Origins::Any
        } else {
            let list = config.allowed_origins.iter();
            Origins::These(list.map(|origin| origin.to_ascii_lowercase()).collect())
        };
        let methods = config.allowed_methods.join(", ").to_ascii_uppercase();
        Self {
            origins,
            methods: HeaderValue::from_str(&methods)
                .ok()
                .filter(|methods| !methods.is_empty()),
        }
    }

    /// What goes into `Access-Control-Allow-Origin` for this request, if its origin is allowed.
    pub(crate) fn allow(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        match &self.origins {
            Origins::Any => Some(HeaderValue::from_static("*")),
            Origins::These(list) => {
                let text = origin.to_str().ok()?.to_ascii_lowercase();
                list.contains(&text).then(|| origin.clone())
            }
        }
    }

    /// Adds the headers of a plain cross-origin request.
    pub(crate) fn apply(&self, allow: Option<HeaderValue>, response: &mut Response<ResponseBody>) {
        let headers = response.headers_mut();
        if matches!(self.origins, Origins::These(_)) {
            // A cache must not hand the answer for one origin to another.
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = allow {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
    }

    /// Adds what a preflight request asks for.
    pub(crate) fn apply_preflight(
        &self,
        request: &HeaderMap,
        path_serves: &str,
        response: &mut Response<ResponseBody>,
    ) {
        let headers = response.headers_mut();
        let served = || HeaderValue::from_str(path_serves).ok();
        if let Some(methods) = self.methods.clone().or_else(served) {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
    }
}

/// Whether a request only asks what other origins may do.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
