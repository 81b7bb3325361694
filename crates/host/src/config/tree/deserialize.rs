//! A part of the tree as any `Deserialize` type, with errors that know where they happened.

use super::node::{Entry, Kind, Node, Position, ScalarNode};
use super::scalar::Scalar;
use crate::config::error::{Located, Problem};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};
use std::fmt;

impl std::error::Error for Located {}

impl fmt::Display for Located {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(out)
    }
}

impl From<Problem> for Located {
    fn from(problem: Problem) -> Self {
        Self {
            position: None,
            path: Vec::new(),
            problem,
        }
    }
}

impl de::Error for Located {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Problem::Refused(message.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_value(found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // What was found is described again by whoever knows the node: serde would show texts,
        // and a text may be a secret.
        let _ = found;
        Problem::WrongType {
            expected: type_in_words(&expected.to_string()),
            found: String::new(),
        }
        .into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Problem::UnknownValue {
            value: Some(variant.to_owned()),
            known: words(expected),
        }
        .into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Problem::UnknownKey {
            key: field.to_owned(),
            known: words(expected),
        }
        .into()
    }

    fn missing_field(field: &'static str) -> Self {
        let key = field.to_owned();
        Problem::MissingKey { key }.into()
    }
}

fn words(known: &[&str]) -> Vec<String> {
    known.iter().map(|&word| word.to_owned()).collect()
}

/// serde names Rust's types; a configuration file has others.
fn type_in_words(expected: &str) -> String {
    let range = match expected {
        "u8" => "0 to 255",
        "u16" => "0 to 65535",
        "u32" => "0 to 4294967295",
        "u64" | "usize" => return "an integer that is not negative".to_owned(),
        "i64" | "isize" | "i32" => return "an integer".to_owned(),
        "f64" | "f32" => return "a number".to_owned(),
        "a boolean" => return "`true` or `false`".to_owned(),
        "a string" => return "text".to_owned(),
        "a sequence" => return "a list".to_owned(),
        "a nonzero usize" => return "an integer of at least 1".to_owned(),
        other if other.starts_with("struct ") => return "a map".to_owned(),
        other => return other.to_owned(),
    };
    format!("an integer from {range}")
}

/// Completes an error that began inside this node.
fn complete(mut error: Located, node: &Node) -> Located {
    if error.position.is_none() {
        error.position = Some(node.position);
        let from_environment =
            matches!(&node.kind, Kind::Scalar(scalar) if scalar.from_environment);
        match &mut error.problem {
            Problem::WrongType { found, .. } if found.is_empty() => *found = node.describe(),
            Problem::UnknownValue { value, .. } if from_environment => *value = None,
            _ => {}
        }
    }
    error
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Located;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Located> {
        match &self.kind {
            Kind::Scalar(scalar) => visit_scalar(scalar, visitor),
            Kind::List(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
            }),
            Kind::Map(entries) => visitor.visit_map(Entries::new(entries, &[])),
        }
        .map_err(|error| complete(error, self))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Located> {
        match &self.kind {
            // A name or token of digits only needs no quotes where only text can stand.
            Kind::Scalar(scalar) if scalar.resolve() != Scalar::Null => visitor
                .visit_borrowed_str(&scalar.text)
                .map_err(|error| complete(error, self)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Located> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Located> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
        .map_err(|error| complete(error, self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Located> {
        visitor
            .visit_newtype_struct(self)
            .map_err(|error| complete(error, self))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Located> {
        if self.is_null() {
            // `config:` with nothing behind it is an empty section.
            return visitor
                .visit_map(Entries::new(&[], &[]))
                .map_err(|error| complete(error, self));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Located> {
        match &self.kind {
            Kind::Map(entries) => visitor
                .visit_map(Entries::new(entries, fields))
                .map_err(|error| complete(error, self)),
            Kind::List(_) => Err(complete(
                Located::invalid_type(Unexpected::Seq, &"a map"),
                self,
            )),
            Kind::Scalar(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Located> {
        let variant = match &self.kind {
            Kind::Scalar(scalar) if scalar.resolve() != Scalar::Null => Variant {
                name: &scalar.text,
                name_position: self.position,
                value: None,
            },
            Kind::Map(entries) if entries.len() == 1 => Variant {
                name: &entries[0].key,
                name_position: entries[0].key_position,
                value: Some(&entries[0].value),
            },
            _ => {
                let found = Unexpected::Other("");
                return Err(complete(
                    Located::invalid_type(found, &"a word, or a map with one key"),
                    self,
                ));
            }
        };
        visitor
            .visit_enum(variant)
            .map_err(|error| complete(error, self))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

fn visit_scalar<'de, V: Visitor<'de>>(
    scalar: &'de ScalarNode,
    visitor: V,
) -> Result<V::Value, Located> {
    match scalar.resolve() {
        Scalar::Null => visitor.visit_unit(),
        Scalar::Bool(value) => visitor.visit_bool(value),
        Scalar::Integer(value) => visitor.visit_i64(value),
        Scalar::Unsigned(value) => visitor.visit_u64(value),
        Scalar::Float(value) => visitor.visit_f64(value),
        Scalar::Text(value) => visitor.visit_borrowed_str(value),
    }
}

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Located;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Located> {
        let Some((index, item)) = self.items.next() else {
            return Ok(None);
        };
        seed.deserialize(item)
            .map(Some)
            .map_err(|error| complete(error, item).inside_index(index))
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
    /// The fields of the struct that is read, when it is one.
    fields: &'static [&'static str],
}

impl<'de> Entries<'de> {
    fn new(entries: &'de [Entry], fields: &'static [&'static str]) -> Self {
        Self {
            rest: entries.iter(),
            current: None,
            fields,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Located;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Located> {
        self.current = self.rest.next();
        let Some(entry) = self.current else {
            return Ok(None);
        };
        let unknown = !self.fields.is_empty() && !self.fields.contains(&entry.key.as_str());
        if unknown {
            // Refused here too, so that a type that forgot `deny_unknown_fields` is no exception.
            return Err(Located::unknown_field(&entry.key, self.fields).or_at(entry.key_position));
        }
        seed.deserialize(entry.key.as_str().into_deserializer())
            .map(Some)
            .map_err(|error: Located| error.or_at(entry.key_position))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Located> {
        let Some(entry) = self.current.take() else {
            return Err(Located::custom("a value was read before its key"));
        };
        seed.deserialize(&entry.value)
            .map_err(|error| complete(error, &entry.value).inside_key(&entry.key))
    }
}

struct Variant<'de> {
    name: &'de str,
    name_position: Position,
    value: Option<&'de Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Located;
    type Variant = VariantValue<'de>;

    fn variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<(T::Value, VariantValue<'de>), Located> {
        let variant =
            seed.deserialize(self.name.into_deserializer())
                .map_err(|error: Located| match self.value {
                    Some(_) => error.or_at(self.name_position),
                    // The whole node is the word: it completes the error itself.
                    None => error,
                })?;
        Ok((variant, VariantValue(self.value)))
    }
}

struct VariantValue<'de>(Option<&'de Node>);

impl<'de> VariantValue<'de> {
    fn value(self) -> Result<&'de Node, Located> {
        self.0
            .ok_or_else(|| Located::custom("this value needs settings: write it as a map"))
    }
}

impl<'de> VariantAccess<'de> for VariantValue<'de> {
    type Error = Located;

    fn unit_variant(self) -> Result<(), Located> {
        match self.0 {
            Some(node) if !node.is_null() => Err(complete(
                Located::custom("this value takes no settings"),
                node,
            )),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Located> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Located> {
        self.value()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Located> {
        self.value()?.deserialize_struct("", fields, visitor)
    }
}
