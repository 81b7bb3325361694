//! What a call carries: `--json` and `KEY=VALUE` put together.

use crate::failure::Failure;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The payload of a call; none when nothing was given.
///
/// Without pairs the text of `--json` goes out as it is; with pairs every value keeps its text, and
/// a pair replaces the key in place or is added at the end.
pub(super) fn build(json: Option<&str>, pairs: &[String]) -> Result<Option<String>, Failure> {
    if let Some(json) = json {
        check(json)?;
        if pairs.is_empty() {
            return Ok(Some(json.trim().to_owned()));
        }
    }
    if pairs.is_empty() {
        return Ok(None);
    }
    let mut object = match json {
        Some(json) => serde_json::from_str(json).map_err(|_| not_an_object())?,
        None => Object::default(),
    };
    for pair in pairs {
        let (key, value) = read_pair(pair)?;
        object.set(key, value);
    }
    object.into_text()
}

fn check(json: &str) -> Result<(), Failure> {
    match serde_json::from_str::<&RawValue>(json) {
        Ok(_) => Ok(()),
        Err(error) => Err(
            Failure::usage(format!("the payload is not valid JSON: {error}")).hint(
                "quote it for the shell as in `--json '{\"a\": 1}'`, or pipe it into `--json -`",
            ),
        ),
    }
}

fn not_an_object() -> Failure {
    Failure::usage("`KEY=VALUE` needs an object to go into, and `--json` is none")
        .hint("give the payload either way, or an object with `--json`")
}

fn read_pair(pair: &str) -> Result<(String, Box<RawValue>), Failure> {
    let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err(
            Failure::usage(format!("`{pair}` is not of the form `KEY=VALUE`"))
                .hint("give a whole payload with `--json`"),
        );
    };
    let value = match serde_json::from_str::<Box<RawValue>>(value) {
        Ok(json) => json,
        Err(_) => serde_json::value::to_raw_value(value).map_err(|error| cannot_write(&error))?,
    };
    Ok((key.to_owned(), value))
}

fn cannot_write(error: &serde_json::Error) -> Failure {
    Failure::failed(format!("cannot write the payload: {error}"))
}

/// An object whose values keep their text and whose keys keep their order.
#[derive(Default)]
struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    fn set(&mut self, key: String, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key, value)),
        }
    }

    fn into_text(self) -> Result<Option<String>, Failure> {
        let mut text = String::from("{");
        for (index, (key, value)) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(key).map_err(|error| cannot_write(&error))?);
            text.extend([":", value.get()]);
        }
        text.push('}');
        Ok(Some(text))
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut object = Object::default();
        while let Some((key, value)) = map.next_entry()? {
            object.set(key, value);
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::build;

    fn payload(json: Option<&str>, pairs: &[&str]) -> String {
        let pairs: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
        match build(json, &pairs) {
            Ok(text) => text.unwrap_or_else(|| "(absent)".to_owned()),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn nothing_given_is_an_absent_payload() {
        assert_eq!(payload(None, &[]), "(absent)");
        assert_eq!(payload(Some("null"), &[]), "null");
    }

    #[test]
    fn json_alone_is_sent_as_it_is() {
        let odd = r#"{ "b":1.0e400, "a":[ ] }"#;
        assert_eq!(payload(Some(odd), &[]), odd);
    }

    #[test]
    fn a_value_is_json_if_it_parses_and_text_otherwise() {
        assert_eq!(
            payload(
                None,
                &[
                    "n=12345678901234567890123",
                    "t=hello world",
                    "l=[1,2]",
                    "e=",
                    "q=\"1\""
                ]
            ),
            r#"{"n":12345678901234567890123,"t":"hello world","l":[1,2],"e":"","q":"1"}"#
        );
        assert_eq!(payload(None, &["a=b=c"]), r#"{"a":"b=c"}"#);
    }

    #[test]
    fn a_pair_replaces_a_key_in_place() {
        assert_eq!(
            payload(Some(r#"{"a":1.50,"b":2}"#), &["a=x", "c=true"]),
            r#"{"a":"x","b":2,"c":true}"#
        );
    }

    #[test]
    fn what_cannot_be_put_together_is_refused() {
        assert!(payload(Some("[1]"), &["a=1"]).contains("needs an object"));
        assert!(payload(Some("{"), &[]).contains("not valid JSON"));
        assert!(payload(None, &["novalue"]).contains("`novalue` is not of the form"));
        assert!(payload(None, &["=1"]).contains("is not of the form"));
    }
}
