//! Which provider serves a trigger.

use super::Registrar;
use super::trigger_result::tell;
use crate::core::DEFAULT_NAMESPACE;
use crate::core::catalog::{Binding, FunctionKey, Owner, Trigger};
use crate::core::effect::Effect;
use crate::core::ids::{SessionId, TriggerKey};
use iii_protocol::{Message, RegisterTrigger, Text, UnregisterTrigger};
use std::sync::Arc;

/// Trigger types that the engine provides itself.
pub(super) const ENGINE_TYPES: [&str; 2] =
    ["engine::functions-available", "engine::workers-available"];

/// The provider of a trigger and its namespace: the one asked for, else the registrant's own
/// namespace, else `default`.
fn resolve(registrar: &Registrar, trigger: &Trigger) -> Option<(SessionId, Text)> {
    if ENGINE_TYPES
        .iter()
        .any(|known| trigger.trigger_type == *known)
    {
        return Some((SessionId::ENGINE, Text::from_static(DEFAULT_NAMESPACE)));
    }
    let find = |namespace: &Text| {
        let key = FunctionKey {
            id: trigger.trigger_type.clone(),
            namespace: namespace.clone(),
        };
        let provider = *registrar
            .catalog
            .trigger_types
            .get(&key)?
            .providers
            .first()?;
        Some((provider, namespace.clone()))
    };
    if let Some(asked) = &trigger.trigger_namespace {
        return find(asked);
    }
    let own = match &trigger.owner {
        Owner::Worker { namespace, .. } => namespace,
        Owner::Engine { .. } => &trigger.namespace,
    };
    find(own).or_else(|| find(&Text::from_static(DEFAULT_NAMESPACE)))
}

/// Binds a trigger to whoever should serve it now; does nothing when that is who serves it. `gone`
/// is a provider that cannot be told anything any more.
pub(super) fn rebind(
    registrar: &mut Registrar,
    key: TriggerKey,
    gone: Option<SessionId>,
    effects: &mut Vec<Effect>,
) {
    let Some(trigger) = registrar.catalog.triggers.get(&key).cloned() else {
        return;
    };
    let wanted = resolve(registrar, &trigger);
    let provider = wanted.as_ref().map(|(provider, _)| *provider);
    let before = trigger.binding.provider();
    if before == provider {
        return;
    }
    retract(registrar, &trigger, gone, effects);
    let binding = match wanted {
        None => Binding::Parked { error: None },
        Some((SessionId::ENGINE, _)) => Binding::Bound {
            provider: SessionId::ENGINE,
        },
        Some((provider, namespace)) => {
            let kind = FunctionKey {
                id: trigger.trigger_type.clone(),
                namespace,
            };
            match registrar.deferred.ready_at(provider, kind, registrar.now) {
                Some(at) => registrar.deferred.put(key, at),
                None => offer(registrar, &trigger, provider, effects),
            }
            Binding::Pending { provider }
        }
    };
    let parked = matches!(binding, Binding::Parked { .. });
    set_binding(registrar, key, binding);
    if parked && matches!(trigger.binding, Binding::Pending { .. }) {
        // Who waits for the answer of a provider that is gone is told as if there had been none.
        tell(registrar, key, None, effects);
    }
}

/// Binds every trigger of a type anew where its provider has changed.
pub(super) fn rebind_type(
    registrar: &mut Registrar,
    id: &Text,
    gone: Option<SessionId>,
    effects: &mut Vec<Effect>,
) {
    let keys = registrar
        .indexes
        .by_type
        .get(id)
        .cloned()
        .unwrap_or_default();
    for key in keys {
        rebind(registrar, key, gone, effects);
    }
}

/// Tells a provider of a trigger that is to be its own.
pub(super) fn offer(
    registrar: &mut Registrar,
    trigger: &Trigger,
    provider: SessionId,
    effects: &mut Vec<Effect>,
) {
    let Some((_, namespace)) = resolve(registrar, trigger) else {
        return;
    };
    registrar.indexes.ask(provider, &trigger.id);
    effects.push(Effect::Send {
        to: provider,
        message: announce(trigger, namespace),
    });
}

/// Tells the provider of a trigger that it has ended for it, if it was told of it and is there.
pub(super) fn retract(
    registrar: &mut Registrar,
    trigger: &Trigger,
    gone: Option<SessionId>,
    effects: &mut Vec<Effect>,
) {
    let never_told = registrar.deferred.take(trigger.key);
    let Some(provider) = trigger.binding.provider() else {
        return;
    };
    if never_told || provider == SessionId::ENGINE || Some(provider) == gone {
        return;
    }
    let message = Message::UnregisterTrigger(UnregisterTrigger {
        id: trigger.id.clone(),
        trigger_type: Some(trigger.trigger_type.clone()),
    });
    effects.push(Effect::Send {
        to: provider,
        message,
    });
}

pub(super) fn set_binding(registrar: &mut Registrar, key: TriggerKey, binding: Binding) {
    if let Some(trigger) = registrar.catalog.triggers.get_mut(&key) {
        Arc::make_mut(trigger).binding = binding;
        registrar.changed();
    }
}

fn announce(trigger: &Trigger, provider_namespace: Text) -> Message {
    Message::RegisterTrigger(Box::new(RegisterTrigger {
        id: trigger.id.clone(),
        trigger_type: trigger.trigger_type.clone(),
        function_id: trigger.function_id.clone(),
        config: trigger.config.clone(),
        metadata: trigger.metadata.clone(),
        namespace: Some(trigger.namespace.clone()),
        trigger_namespace: Some(provider_namespace),
    }))
}
