//! Cross-origin rules as configured.

use crate::config::Check;
use http::uri::Authority;
use http::{HeaderName, Method};
use schemars::JsonSchema;
use serde::Deserialize;

/// Most entries of one list.
const LIST_MAX: usize = 100;

/// Cross-origin rules: what pages of other origins may send and read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins such as `https://app.example.com`, exactly as browsers write them, or `*` for all.
    pub allowed_origins: Vec<String>,
    /// Methods allowed to other origins; empty means those the requested path serves.
    #[serde(default)]
    pub allowed_methods: Vec<String>,
    /// Request headers allowed to other origins; empty, or `*`, means any.
    #[serde(default)]
    pub allowed_headers: Vec<String>,
    /// Response headers that pages of other origins may read beside the few that the standard
    /// always allows, for example `x-request-id`.
    #[serde(default)]
    pub expose_headers: Vec<String>,
    /// How long browsers may remember the answer to a preflight request, in seconds. Absent leaves
    /// it to them (5 s).
    #[serde(default)]
    pub max_age_s: Option<u32>,
    /// Whether pages of other origins may send cookies and HTTP credentials. Not with the origin
    /// `*`: that would let every page on the net act for whoever visits it.
    #[serde(default)]
    pub allow_credentials: bool,
}

impl Check for Cors {
    fn check(&self) -> Result<(), String> {
        check_origins(self)?;
        bounded("allowed_methods", &self.allowed_methods)?;
        for method in &self.allowed_methods {
            Method::from_bytes(method.as_bytes())
                .map_err(|_| format!("`allowed_methods`: `{method}` is no method"))?;
        }
        check_headers("allowed_headers", &self.allowed_headers)?;
        check_headers("expose_headers", &self.expose_headers)?;
        if self.allow_credentials && self.expose_headers.iter().any(|name| name == "*") {
            return Err(
                "`expose_headers` is `*`, which means nothing to browsers together with \
                 `allow_credentials`: name the headers"
                    .into(),
            );
        }
        Ok(())
    }
}

fn check_origins(cors: &Cors) -> Result<(), String> {
    let origins = &cors.allowed_origins;
    bounded("allowed_origins", origins)?;
    if origins.is_empty() {
        return Err("`allowed_origins` is empty: list origins or `*`, or remove `cors`".to_owned());
    }
    for origin in origins {
        check_origin(origin)?;
    }
    let any = origins.iter().any(|origin| origin == "*");
    if any && origins.len() > 1 {
        return Err("`allowed_origins` has `*` beside other origins: keep one of them".to_owned());
    }
    if any && cors.allow_credentials {
        return Err("`allowed_origins` is `*` with `allow_credentials`: \
                    every page could act for its visitors; list the origins"
            .to_owned());
    }
    Ok(())
}

fn check_origin(origin: &str) -> Result<(), String> {
    if origin == "*" {
        return Ok(());
    }
    let refused = |why: &str| {
        format!(
            "`{origin}` is no origin ({why}): write `scheme://host` or `scheme://host:port` \
             without a path, or `*`"
        )
    };
    let Some((scheme, host)) = origin.split_once("://") else {
        return Err(refused("it has no scheme"));
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if !named || !scheme.chars().all(plain) {
        return Err(refused("its scheme"));
    }
    if host.contains('@') || host.parse::<Authority>().is_err() {
        return Err(refused("its host"));
    }
    // Browsers leave the default port out, so that such an entry would never match.
    let default = [("https", ":443"), ("http", ":80")];
    let idle =
        |(name, port): &(&str, &str)| scheme.eq_ignore_ascii_case(name) && host.ends_with(port);
    if default.iter().any(idle) {
        return Err(refused("browsers leave out the default port"));
    }
    Ok(())
}

fn check_headers(key: &str, names: &[String]) -> Result<(), String> {
    bounded(key, names)?;
    for name in names {
        if name != "*" && HeaderName::try_from(name).is_err() {
            return Err(format!("`{key}`: `{name}` is no header name"));
        }
    }
    Ok(())
}

fn bounded(key: &str, list: &[String]) -> Result<(), String> {
    if list.len() > LIST_MAX {
        return Err(format!("`{key}` has more than {LIST_MAX} entries"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::checked;
    use serde_json::json;

    #[test]
    fn mistakes_are_refused_with_a_reason() {
        for (value, part) in [
            (json!({ "allowed_origins": [] }), "is empty"),
            (json!({ "allowed_origins": ["a.example"] }), "no scheme"),
            (json!({ "allowed_origins": ["https://a/b"] }), "its host"),
            (json!({ "allowed_origins": ["https://u@a"] }), "its host"),
            (json!({ "allowed_origins": ["null"] }), "no scheme"),
            (
                json!({ "allowed_origins": ["https://a:443"] }),
                "default port",
            ),
            (json!({ "allowed_origins": ["*", "https://a"] }), "beside"),
            (
                json!({ "allowed_origins": ["*"], "allow_credentials": true }),
                "every page",
            ),
            (
                json!({ "allowed_origins": ["*"], "allowed_methods": ["GE T"] }),
                "no method",
            ),
            (
                json!({ "allowed_origins": ["*"], "expose_headers": ["a b"] }),
                "no header name",
            ),
            (
                json!({ "allowed_origins": ["https://a"], "expose_headers": ["*"],
                        "allow_credentials": true }),
                "name the headers",
            ),
            (json!({ "allowed_origin": ["*"] }), "unknown field"),
        ] {
            let error = checked::<_, Cors>(value).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
