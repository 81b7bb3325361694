//! A JSON value as text of which only the touched parts are opened.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// The value under change; absent until something is put.
#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    pub(super) root: Option<Node<'a>>,
}

/// One value inside a document.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// Text that nobody has opened.
    Text(Cow<'a, str>),
    /// An opened object.
    Object(Members<'a>),
    /// An opened array.
    Array(Vec<Node<'a>>),
}

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// The members of an opened object, in order, without doubles: as everywhere the last one counts.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    /// A removed member leaves a hole, so that positions stay.
    list: Vec<(Cow<'a, str>, Option<Node<'a>>)>,
    /// Positions of the keys, once there are many.
    index: Option<HashMap<Cow<'a, str>, usize>>,
}

/// Up to this many members looking at each is faster than hashing.
const INDEX_FROM: usize = 32;

impl<'a> Document<'a> {
    /// A document of well-formed JSON text, or of nothing.
    pub(crate) fn new(text: Option<&'a str>) -> Self {
        Self {
            root: text.map(Node::text),
        }
    }

    /// The new text; `null` for a document that nothing was put into.
    pub(crate) fn into_text(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.root {
            Some(root) => root.write(&mut out),
            None => out.extend_from_slice(b"null"),
        }
        out
    }
}

impl<'a> Node<'a> {
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn empty_object() -> Self {
        Self::Object(Members::default())
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Text(text) => Kind::of(text),
            Self::Object(_) => Kind::Object,
            Self::Array(_) => Kind::Array,
        }
    }

    /// Whether this is unopened text, byte for byte.
    pub(super) fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }

    /// The members, if this is an object. Text of our own making is never one.
    pub(super) fn open_object(&mut self) -> Option<&mut Members<'a>> {
        if let Self::Text(Cow::Borrowed(text)) = self
            && Kind::of(text) == Kind::Object
        {
            *self = Self::Object(Members::parse(text)?);
        }
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The members; whatever else this was becomes an empty object.
    pub(super) fn make_object(&mut self) -> &mut Members<'a> {
        if self.open_object().is_none() {
            *self = Self::empty_object();
        }
        match self {
            Self::Object(members) => members,
            _ => unreachable!("it was opened or replaced just now"),
        }
    }

    /// The items, if this is an array. Text of our own making is never one.
    pub(super) fn open_array(&mut self) -> Option<&mut Vec<Self>> {
        if let Self::Text(Cow::Borrowed(text)) = self
            && Kind::of(text) == Kind::Array
        {
            let items: Vec<&'a RawValue> = serde_json::from_str(text).ok()?;
            *self = Self::Array(
                items
                    .into_iter()
                    .map(|item| Self::text(item.get()))
                    .collect(),
            );
        }
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Object(members) => members.write(out),
            Self::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
        }
    }
}

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b'"') => Self::String,
            Some(b't' | b'f') => Self::Bool,
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number,
        }
    }

    /// With its article, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl<'a> Members<'a> {
    /// The members of the text of an object; `None` if it is not one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn len(&self) -> usize {
        self.list.iter().filter(|(_, node)| node.is_some()).count()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.list
            .iter()
            .filter(|(_, node)| node.is_some())
            .map(|(key, _)| &**key)
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (Cow<'a, str>, Node<'a>)> {
        self.list
            .into_iter()
            .filter_map(|(key, node)| Some((key, node?)))
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node<'a>> {
        let at = self.find(key)?;
        self.list[at].1.as_mut()
    }

    /// The member, which is made an empty object if it is missing, and whether it was made.
    pub(super) fn get_or_make(&mut self, key: &Cow<'a, str>) -> (&mut Node<'a>, bool) {
        let found = self.find(key);
        if found.is_none() {
            self.put(key.clone(), Node::empty_object());
        }
        let at = found.unwrap_or(self.list.len() - 1);
        (
            self.list[at].1.get_or_insert_with(Node::empty_object),
            found.is_none(),
        )
    }

    pub(super) fn put(&mut self, key: Cow<'a, str>, node: Node<'a>) {
        if let Some(at) = self.find(&key) {
            self.list[at].1 = Some(node);
            return;
        }
        if let Some(index) = &mut self.index {
            index.insert(key.clone(), self.list.len());
        }
        self.list.push((key, Some(node)));
        if self.index.is_none() && self.list.len() > INDEX_FROM {
            let keys = self.list.iter().enumerate();
            self.index = Some(keys.map(|(at, (key, _))| (key.clone(), at)).collect());
        }
    }

    /// Whether there was one.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        let Some(at) = self.find(key) else {
            return false;
        };
        if let Some(index) = &mut self.index {
            index.remove(key);
        }
        self.list[at].1.take().is_some()
    }

    fn find(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).copied(),
            None => self
                .list
                .iter()
                .position(|(own, node)| own == key && node.is_some()),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut separator = b'{';
        for (key, node) in &self.list {
            if let Some(node) = node {
                out.push(separator);
                crate::json::write_string(out, key);
                out.push(b':');
                node.write(out);
                separator = b',';
            }
        }
        if separator == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members::default();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    members.put(key, Node::text(value.get()));
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
