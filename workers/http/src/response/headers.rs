//! Response headers as functions give them.

use crate::limits::RESPONSE_HEADERS_MAX;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads headers from JSON text: `{"name": value}` with strings, numbers, booleans or arrays of
/// them, or `["Name: value"]`. Values of one name given by one map replace what `map` has of that
/// name. Null values are skipped, and so are headers that only the server can set.
///
/// # Errors
/// What is wrong, naming the header.
pub(crate) fn read(json: &str, map: &mut HeaderMap) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = deserializer.deserialize_any(Headers { map });
    read.map_err(|error| format!("`headers`: {error}"))
}

struct Headers<'m> {
    map: &'m mut HeaderMap,
}

impl<'de> Visitor<'de> for Headers<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of headers or a list of `Name: value`")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(Chars(name)) = access.next_key()? {
            let name = header_name(&name)?;
            self.map.remove(&name);
            let map = &mut *self.map;
            access.next_value_seed(Values { map, name })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while let Some(Chars(line)) = access.next_element()? {
            let Some((name, value)) = line.split_once(':') else {
                return Err(A::Error::custom(format!("`{line}` is no `Name: value`")));
            };
            append(self.map, &header_name(name.trim())?, value.trim())?;
        }
        Ok(())
    }
}

/// A string that borrows from the JSON text when it has no escapes.
#[derive(Deserialize)]
struct Chars<'a>(#[serde(borrow)] Cow<'a, str>);

struct Values<'m> {
    map: &'m mut HeaderMap,
    name: HeaderName,
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "text for the header `{}`", self.name)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        append(self.map, &self.name, value)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        append(self.map, &self.name, if value { "true" } else { "false" })
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        append(self.map, &self.name, &value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        append(self.map, &self.name, &value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        append(self.map, &self.name, &value.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        loop {
            let name = self.name.clone();
            let map = &mut *self.map;
            if access
                .next_element_seed(Single(Values { map, name }))?
                .is_none()
            {
                return Ok(());
            }
        }
    }
}

/// One element of an array of values; arrays in arrays are refused.
struct Single<'m>(Values<'m>);

impl<'de> DeserializeSeed<'de> for Single<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Chars(text) = Chars::deserialize(deserializer)?;
        append(self.0.map, &self.0.name, &text)
    }
}

fn header_name<E: Error>(name: &str) -> Result<HeaderName, E> {
    HeaderName::try_from(name).map_err(|_| E::custom(format!("`{name}` is no header name")))
}

fn append<E: Error>(map: &mut HeaderMap, name: &HeaderName, value: &str) -> Result<(), E> {
    if is_the_servers(name) {
        return Ok(());
    }
    if map.len() >= RESPONSE_HEADERS_MAX {
        return Err(E::custom(format!(
            "more than {RESPONSE_HEADERS_MAX} headers"
        )));
    }
    let value = HeaderValue::try_from(value)
        .map_err(|_| E::custom(format!("`{name}` has a value with control characters")))?;
    map.append(name.clone(), value);
    Ok(())
}

/// Headers that frame the message: the server writes them to fit what it sends.
fn is_the_servers(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "content-length"
            | "transfer-encoding"
            | "connection"
            | "keep-alive"
            | "upgrade"
            | "trailer"
            | "te"
            | "proxy-connection"
    )
}
