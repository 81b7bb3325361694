//! What holds for every route, ready to apply.

use super::{Gate, Wants};
use crate::Config;
use crate::auth::{Guard, Schemes};
use crate::catalog::Catalog;
use crate::config::Check;
use crate::limits::MIDDLEWARE_MAX;
use crate::middleware::{Caller, Phase, Step};
use crate::rate::{Buckets, Limiter};
use crate::response::error::Style;
use crate::tasks::Tasks;
use iii_kit::{BoundTrigger, Client, Clock, Text};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Namespace of what does not name one.
const DEFAULT_NAMESPACE: Text = Text::from_static("default");

/// The gates of routes, and of everything else.
pub(crate) struct Front {
    shared: Arc<Shared>,
    /// The gate of what is no route: files, and the pages of this worker. It asks for what a route
    /// does that asks for nothing itself.
    pub(crate) common: Option<Arc<Gate>>,
}

/// What holds for every route.
pub(super) struct Shared {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) style: Style,
    pub(super) buckets: Arc<Buckets>,
    /// How many callers `buckets` remembers.
    keys_max: NonZeroU32,
    pub(super) limits: Vec<Limiter>,
    schemes: Schemes,
    required: Vec<String>,
    pub(super) before: Vec<Step>,
    pub(super) after: Vec<Step>,
    pub(super) caller: Caller,
    pub(super) catalog: Arc<Catalog>,
    validate: bool,
}

impl Front {
    /// # Errors
    /// What in the configuration cannot work.
    pub(crate) fn new(
        config: &Config,
        client: &Client,
        clock: &Arc<dyn Clock>,
        tasks: &Tasks,
    ) -> Result<Self, String> {
        let catalog = Arc::new(Catalog::new(client.clone()));
        let known = (catalog, Arc::new(buckets(config)));
        Self::build(config, client, clock, tasks, known)
    }

    /// The same for another configuration. What callers have used up of limits stays, unless the
    /// room for that changes.
    ///
    /// # Errors
    /// What in the configuration cannot work.
    pub(crate) fn renewed(&self, config: &Config, tasks: &Tasks) -> Result<Self, String> {
        let Shared {
            caller,
            clock,
            catalog,
            buckets: before,
            keys_max,
            ..
        } = &*self.shared;
        let counted = if *keys_max == config.rate_limit_keys_max {
            Arc::clone(before)
        } else {
            Arc::new(buckets(config))
        };
        let known = (Arc::clone(catalog), counted);
        Self::build(config, &caller.client, clock, tasks, known)
    }

    fn build(
        config: &Config,
        client: &Client,
        clock: &Arc<dyn Clock>,
        tasks: &Tasks,
        (catalog, buckets): (Arc<Catalog>, Arc<Buckets>),
    ) -> Result<Self, String> {
        let style = Style {
            format: config.error_format,
            expose: config.expose_errors,
        };
        let before = steps(config, Phase::PreHandler)?;
        let after = steps(config, Phase::PostHandler)?;
        let limiter = |limit| Limiter::new(limit, "worker", Arc::clone(&buckets));
        let time_max = Duration::from_millis(config.middleware_timeout_ms.get().into());
        let shared = Arc::new(Shared {
            clock: Arc::clone(clock),
            style,
            limits: config.rate_limits.iter().map(limiter).collect(),
            buckets,
            keys_max: config.rate_limit_keys_max,
            schemes: Schemes::new(&config.auth, clock, tasks)?,
            required: config.auth.required.clone(),
            before,
            after,
            caller: Caller {
                client: client.clone(),
                time_max,
                style,
            },
            catalog,
            validate: config.validate,
        });
        let common = shared.gate(&Wants::default(), "GET".to_owned(), None)?;
        Ok(Self { shared, common })
    }

    pub(crate) fn schemes(&self) -> &Schemes {
        &self.shared.schemes
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.shared.catalog
    }

    /// The gate of a route; `None` when nothing stands before its function.
    ///
    /// # Errors
    /// What the trigger asks for and cannot have.
    pub(crate) fn gate(
        &self,
        wants: &Wants,
        route: String,
        bound: &BoundTrigger,
    ) -> Result<Option<Arc<Gate>>, String> {
        self.shared.gate(wants, route, Some(bound))
    }
}

impl Shared {
    fn gate(
        self: &Arc<Self>,
        wants: &Wants,
        route: String,
        bound: Option<&BoundTrigger>,
    ) -> Result<Option<Arc<Gate>>, String> {
        wants.check()?;
        let names = wants.auth.as_ref().unwrap_or(&self.required);
        let any_of = self.schemes.find(names)?;
        if any_of.is_empty() && !wants.scopes.is_empty() {
            return Err("`auth_scopes` needs `auth`: nobody is known on an open route".into());
        }
        let namespace = bound.and_then(|bound| bound.namespace.clone());
        let namespace = namespace.unwrap_or(DEFAULT_NAMESPACE);
        let step = |function_id: &String| Step {
            function_id: Text::from(function_id.as_str()),
            namespace: namespace.clone(),
        };
        let limits = wants.rate_limits.iter();
        let limits = limits.map(|limit| Limiter::new(limit, &route, Arc::clone(&self.buckets)));
        let scopes = wants.scopes.clone();
        let mut unconditional = bound.cloned();
        if let Some(bound) = &mut unconditional {
            bound.condition_function_id = None;
        }
        let gate = Gate {
            limits: limits.collect(),
            guard: (!any_of.is_empty()).then_some(Guard { any_of, scopes }),
            before: wants.before.iter().map(step).collect(),
            after: wants.after.iter().map(step).collect(),
            validate: wants.validate.unwrap_or(self.validate),
            shared: Arc::clone(self),
            namespace: namespace.as_str().to_owned(),
            route,
            unconditional,
        };
        Ok((!gate.is_open()).then(|| Arc::new(gate)))
    }
}

fn buckets(config: &Config) -> Buckets {
    Buckets::new(config.rate_limit_keys_max.get() as usize)
}

fn steps(config: &Config, phase: Phase) -> Result<Vec<Step>, String> {
    let of_phase = config.middleware.iter().filter(|one| one.phase == phase);
    let mut of_phase: Vec<_> = of_phase.collect();
    if of_phase.len() > MIDDLEWARE_MAX {
        let phase = phase.as_str();
        return Err(format!(
            "`middleware` has more than {MIDDLEWARE_MAX} functions of phase `{phase}`"
        ));
    }
    // A stable sort: equal priorities keep the order of the list.
    of_phase.sort_by_key(|one| one.priority);
    let steps = of_phase.into_iter().map(|one| Step {
        function_id: Text::from(one.function_id.as_str()),
        namespace: one
            .namespace
            .as_deref()
            .map_or(DEFAULT_NAMESPACE, Text::from),
    });
    Ok(steps.collect())
}
