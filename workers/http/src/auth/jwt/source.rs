//! Where keys come from, and how long they are kept.

use super::fetch::Fetcher;
use super::keys::KeySet;
use super::token::Token;
use crate::auth::Jwt;
use crate::tasks::Tasks;
use arc_swap::ArcSwapOption;
use iii_kit::Clock;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Shortest time between two attempts to get keys, whatever tokens say.
const PAUSE: Duration = Duration::from_secs(10);
/// How long keys are used at most while their issuer cannot be reached.
const AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// The keys of one scheme.
pub(super) enum Source {
    Fixed(Arc<KeySet>),
    Renewed(Arc<Renewed>),
}

/// Keys that are read again.
pub(super) struct Renewed {
    origin: Origin,
    known: ArcSwapOption<Known>,
    /// When the last attempt was made. Whoever holds the lock makes the next one.
    attempt: Mutex<Option<Duration>>,
    every: Duration,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
}

enum Origin {
    File(PathBuf),
    Url(Box<Fetcher>),
}

struct Known {
    keys: Arc<KeySet>,
    at: Duration,
}

impl Source {
    pub(super) fn new(config: &Jwt, clock: Arc<dyn Clock>, tasks: Tasks) -> Result<Self, String> {
        let origin = match (&config.secret, &config.jwks_file, &config.jwks_url) {
            (Some(secret), ..) => return Ok(Self::fixed(secret.reveal())),
            (None, Some(file), _) => Origin::File(file.clone()),
            (None, None, url) => {
                let url = url.as_deref().unwrap_or_default();
                Origin::Url(Box::new(Fetcher::new(url, config.jwks_ca_file.as_deref())?))
            }
        };
        Ok(Self::Renewed(Arc::new(Renewed {
            origin,
            known: ArcSwapOption::empty(),
            attempt: Mutex::new(None),
            every: Duration::from_secs(config.jwks_refresh_s.get().into()),
            clock,
            tasks,
        })))
    }

    fn fixed(secret: &[u8]) -> Self {
        Self::Fixed(Arc::new(KeySet::shared(secret)))
    }

    /// The keys to verify a token with; they are renewed when they are old, or do not know the
    /// token's key.
    pub(super) async fn keys(&self, token: &Token<'_>) -> Result<Arc<KeySet>, String> {
        let source = match self {
            Self::Fixed(keys) => return Ok(Arc::clone(keys)),
            Self::Renewed(source) => source,
        };
        let known = source.known.load_full();
        if let Some(known) = &known
            && source.age(known) < source.every
            && known.keys.candidates(token).next().is_some()
        {
            return Ok(Arc::clone(&known.keys));
        }
        let renewed = source.renew(known.as_ref()).await;
        match source.known.load_full() {
            Some(known) if source.age(&known) < AGE_MAX => Ok(Arc::clone(&known.keys)),
            _ => Err(renewed
                .err()
                .unwrap_or_else(|| "there are no keys yet".into())),
        }
    }
}

impl Renewed {
    /// Renews the keys in a task, so that a client that leaves does not stop what others wait for.
    async fn renew(self: &Arc<Self>, seen: Option<&Arc<Known>>) -> Result<(), String> {
        let (done, wait) = tokio::sync::oneshot::channel();
        let (source, seen) = (Arc::clone(self), seen.map(Arc::clone));
        self.tasks.spawn(async move {
            let result = source.attempt(seen.as_ref()).await;
            // Whoever asked may be gone.
            let _ = done.send(result);
        });
        let ended = wait.await;
        ended.unwrap_or_else(|_| Err("the worker stops".into()))
    }

    async fn attempt(&self, seen: Option<&Arc<Known>>) -> Result<(), String> {
        let mut last = self.attempt.lock().await;
        let known = self.known.load_full();
        let same = match (&known, seen) {
            (Some(known), Some(seen)) => Arc::ptr_eq(known, seen),
            (known, seen) => known.is_none() && seen.is_none(),
        };
        if !same {
            // Another request has done it meanwhile.
            return Ok(());
        }
        let now = self.clock.monotonic();
        if last.is_some_and(|last| now.saturating_sub(last) < PAUSE) {
            return Err("the keys were asked for a moment ago".into());
        }
        *last = Some(now);
        let read = self.origin.read().await;
        match read.and_then(|json| KeySet::read(&json)) {
            Ok(keys) => {
                let keys = Arc::new(keys);
                self.known.store(Some(Arc::new(Known { keys, at: now })));
                Ok(())
            }
            Err(reason) => {
                let origin = self.origin.name();
                tracing::warn!(origin, reason, "http.jwks_unavailable");
                Err(reason)
            }
        }
    }

    fn age(&self, known: &Known) -> Duration {
        self.clock.monotonic().saturating_sub(known.at)
    }
}

impl Origin {
    async fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Url(fetcher) => fetcher.fetch().await,
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || std::fs::read(path));
                let read = read.await.map_err(|error| error.to_string())?;
                read.map_err(|error| error.to_string())
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Url(fetcher) => fetcher.url.to_string(),
            Self::File(path) => path.display().to_string(),
        }
    }
}
