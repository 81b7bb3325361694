//! Cookies that functions set.

use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use serde::Deserialize;

/// A cookie, as a whole header value or by its parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Cookie {
    Text(String),
    Parts(Parts),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    name: String,
    value: String,
    path: Option<String>,
    domain: Option<String>,
    max_age_seconds: Option<i64>,
    /// Which requests of other sites carry it.
    same_site: Option<SameSite>,
    #[serde(default)]
    secure: bool,
    #[serde(default)]
    http_only: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SameSite {
    Strict,
    Lax,
    None,
}

/// Reads `cookies` of a response: texts `name=value; Path=/`, or objects. Nothing is
/// percent-encoded here; what a cookie cannot hold is refused.
///
/// # Errors
/// What is wrong, for people.
pub(crate) fn read(json: &str, headers: &mut HeaderMap) -> Result<(), String> {
    let cookies: Option<Vec<Cookie>> = serde_json::from_str(json)
        .map_err(|_| "`cookies` is no list of texts or of {name, value, ...}".to_owned())?;
    for cookie in cookies.unwrap_or_default() {
        let text = match cookie {
            Cookie::Text(text) => text,
            Cookie::Parts(parts) => parts.text()?,
        };
        let value = HeaderValue::try_from(text)
            .map_err(|_| "a cookie has control characters".to_owned())?;
        headers.append(SET_COOKIE, value);
    }
    Ok(())
}

impl Parts {
    fn text(&self) -> Result<String, String> {
        let is_name = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
        if self.name.is_empty() || !self.name.bytes().all(is_name) {
            return Err(format!("`{}` is no cookie name", self.name));
        }
        let fits = |text: &str| {
            text.bytes()
                .all(|byte| byte != b';' && !byte.is_ascii_control())
        };
        let attributes = [Some(&self.value), self.path.as_ref(), self.domain.as_ref()];
        if !attributes.into_iter().flatten().all(|text| fits(text)) {
            return Err(format!("the cookie `{}` has a `;`", self.name));
        }
        let mut text = format!("{}={}", self.name, self.value);
        if let Some(path) = &self.path {
            text.extend(["; Path=", path]);
        }
        if let Some(domain) = &self.domain {
            text.extend(["; Domain=", domain]);
        }
        if let Some(seconds) = self.max_age_seconds {
            text.extend(["; Max-Age=", &seconds.to_string()]);
        }
        if let Some(same_site) = self.same_site {
            text.extend(["; SameSite=", same_site.as_str()]);
        }
        // Browsers ignore a cookie for all sites that is not secure.
        if self.secure || matches!(self.same_site, Some(SameSite::None)) {
            text.push_str("; Secure");
        }
        if self.http_only {
            text.push_str("; HttpOnly");
        }
        Ok(text)
    }
}

impl SameSite {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(json: &str) -> Result<Vec<String>, String> {
        let mut headers = HeaderMap::new();
        read(json, &mut headers)?;
        let values = headers.get_all(SET_COOKIE).iter();
        Ok(values.map(|v| v.to_str().unwrap().to_owned()).collect())
    }

    #[test]
    fn cookies_are_written_out() {
        let all = r#"[ "raw=1; Path=/x",
            {"name":"a","value":"b c","path":"/","domain":"x.example","max_age_seconds":-1,
             "same_site":"lax","secure":true,"http_only":true},
            {"name":"n","value":"","same_site":"none"} ]"#;
        assert_eq!(
            set(all).unwrap(),
            [
                "raw=1; Path=/x",
                "a=b c; Path=/; Domain=x.example; Max-Age=-1; SameSite=Lax; Secure; HttpOnly",
                "n=; SameSite=None; Secure",
            ]
        );
        assert!(set("null").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_cookie_is_refused() {
        for (json, part) in [
            ("7", "no list"),
            (r#"[{"name":"a"}]"#, "no list"),
            (r#"[{"name":"a","value":"b","sekure":true}]"#, "no list"),
            (r#"[{"name":"a b","value":""}]"#, "no cookie name"),
            (r#"[{"name":"a","value":"b; Secure"}]"#, "`;`"),
            (r#"[{"name":"a","value":"b","path":"/\r\nx: y"}]"#, "`;`"),
            (r#"["a=b\r\nx: y"]"#, "control characters"),
        ] {
            let error = set(json).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
