//! Which subscriptions watch an entry: four look-ups, however many there are.

use super::subscription::Subscription;
use iii_ports::kv::Address;
use std::collections::HashMap;
use std::sync::Arc;

/// What a subscription watches. Absent parts match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) scope: Option<String>,
    pub(crate) key: Option<String>,
}

impl Filter {
    /// Whether it lets an entry through.
    pub(crate) fn fits(&self, at: &Address) -> bool {
        let fits = |wanted: &Option<String>, given: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == given)
        };
        fits(&self.scope, &at.scope) && fits(&self.key, &at.key)
    }
}

/// Subscriptions by what they watch.
#[derive(Default)]
pub(super) struct Index {
    any_scope: Keys,
    scopes: HashMap<String, Keys>,
    filters: HashMap<String, Filter>,
}

/// The subscriptions of one scope, or of every scope.
#[derive(Default)]
struct Keys {
    any_key: Vec<Arc<Subscription>>,
    keys: HashMap<String, Vec<Arc<Subscription>>>,
}

impl Index {
    pub(super) fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// Adds a subscription; one of the same id is returned and no longer here.
    pub(super) fn insert(
        &mut self,
        filter: Filter,
        subscription: Arc<Subscription>,
    ) -> Option<Arc<Subscription>> {
        let replaced = self.remove(subscription.id());
        self.filters
            .insert(subscription.id().to_owned(), filter.clone());
        let keys = match filter.scope {
            None => &mut self.any_scope,
            Some(scope) => self.scopes.entry(scope).or_default(),
        };
        match filter.key {
            None => keys.any_key.push(subscription),
            Some(key) => keys.keys.entry(key).or_default().push(subscription),
        }
        replaced
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<Subscription>> {
        let Filter { scope, key } = self.filters.remove(id)?;
        let Some(scope) = scope else {
            return self.any_scope.remove(key.as_deref(), id);
        };
        let keys = self.scopes.get_mut(&scope)?;
        let removed = keys.remove(key.as_deref(), id);
        if keys.any_key.is_empty() && keys.keys.is_empty() {
            self.scopes.remove(&scope);
        }
        removed
    }

    /// The subscriptions that watch an entry.
    pub(super) fn watching<'a>(
        &'a self,
        at: &'a Address,
    ) -> impl Iterator<Item = &'a Arc<Subscription>> {
        [Some(&self.any_scope), self.scopes.get(&at.scope)]
            .into_iter()
            .flatten()
            .flat_map(|keys| {
                keys.any_key
                    .iter()
                    .chain(keys.keys.get(&at.key).into_iter().flatten())
            })
    }

    /// Takes every subscription out.
    pub(super) fn drain(&mut self) -> Vec<Arc<Subscription>> {
        let ids: Vec<String> = self.filters.keys().cloned().collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }
}

impl Keys {
    fn remove(&mut self, key: Option<&str>, id: &str) -> Option<Arc<Subscription>> {
        let Some(key) = key else {
            return take(&mut self.any_key, id);
        };
        let list = self.keys.get_mut(key)?;
        let removed = take(list, id);
        if list.is_empty() {
            self.keys.remove(key);
        }
        removed
    }
}

fn take(list: &mut Vec<Arc<Subscription>>, id: &str) -> Option<Arc<Subscription>> {
    let at = list
        .iter()
        .position(|subscription| subscription.id() == id)?;
    Some(list.remove(at))
}
