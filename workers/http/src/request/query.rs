//! Query strings.

use crate::limits::QUERY_PAIRS_MAX;
use crate::router::decode_query;
use std::borrow::Cow;
use std::collections::HashMap;

/// The decoded names and values of a query string, in their order.
pub(crate) struct Query<'a> {
    pub(crate) pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(crate) repeats: bool,
}

/// The query string has more pairs than [`QUERY_PAIRS_MAX`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyPairs;

impl<'a> Query<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, TooManyPairs> {
        let mut pairs = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if pairs.len() == QUERY_PAIRS_MAX {
                return Err(TooManyPairs);
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode_query(name), decode_query(value)));
        }
        Ok(Self::of(pairs))
    }

    /// Pairs that were decoded elsewhere.
    pub(crate) fn of(pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Self {
        let repeats = has_repeats(&pairs);
        Self { pairs, repeats }
    }

    /// The same, without what it was read from.
    pub(crate) fn into_owned(self) -> Query<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        let pairs = self.pairs.into_iter();
        Query {
            pairs: pairs
                .map(|(name, value)| (owned(name), owned(value)))
                .collect(),
            repeats: self.repeats,
        }
    }

    /// Every name once, where it first appears, with the places of its values.
    pub(crate) fn grouped(&self) -> Vec<(&str, Vec<usize>)> {
        let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (place, (name, _)) in self.pairs.iter().enumerate() {
            let group = *known.entry(name).or_insert_with(|| {
                groups.push((name, Vec::new()));
                groups.len() - 1
            });
            groups[group].1.push(place);
        }
        groups
    }
}

fn has_repeats(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> bool {
    // Few pairs are the rule, and for them comparing each with each needs no memory.
    const FEW: usize = 16;
    if pairs.len() <= FEW {
        return (1..pairs.len()).any(|at| pairs[..at].iter().any(|pair| pair.0 == pairs[at].0));
    }
    let mut names: Vec<&str> = pairs.iter().map(|pair| pair.0.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|two| two[0] == two[1])
}
