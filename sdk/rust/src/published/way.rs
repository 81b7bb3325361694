//! The way to an engine, which may be given other headers while it is in use.

use crate::run::{InitOptions, dialer};
use crate::{BoxFuture, Dial, DialError};
use iii_transport::ws::WsDialer;
use iii_transport::{ChannelEnd, Connection, Direction};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// Dials an address, if it can be dialled. Published clients are made of any address, and say only
/// later that it cannot be used.
pub(super) struct Way {
    address: String,
    dialer: RwLock<Result<Arc<WsDialer>, String>>,
    /// A client that was only made never connects.
    connects: bool,
}

impl Way {
    pub(super) fn to(address: &str, headers: HashMap<String, String>) -> Self {
        Self {
            address: address.to_owned(),
            dialer: RwLock::new(dialer_with(address, headers)),
            connects: true,
        }
    }

    /// A way for channels alone.
    pub(super) fn without_connection(address: &str) -> Self {
        Self {
            connects: false,
            ..Self::to(address, HashMap::new())
        }
    }

    pub(super) fn connects(&self) -> bool {
        self.connects
    }

    /// From now on these headers are sent.
    pub(super) fn set_headers(&self, headers: HashMap<String, String>) {
        *self.dialer.write() = dialer_with(&self.address, headers);
    }

    fn dialer(&self) -> Result<Arc<WsDialer>, DialError> {
        let dialer = self.dialer.read().clone();
        dialer.map_err(|reason| DialError::BadAddress {
            address: self.address.clone(),
            reason,
        })
    }
}

impl Dial for Way {
    fn dial(&self) -> BoxFuture<'_, Result<Box<dyn Connection>, DialError>> {
        Box::pin(async move {
            if !self.connects {
                std::future::pending::<()>().await;
            }
            self.dialer()?.dial().await
        })
    }

    fn dial_channel<'a>(
        &'a self,
        channel_id: &'a str,
        access_key: &'a str,
        direction: Direction,
    ) -> BoxFuture<'a, Result<Box<dyn ChannelEnd>, DialError>> {
        Box::pin(async move {
            let dialer = self.dialer()?;
            dialer.dial_channel(channel_id, access_key, direction).await
        })
    }

    fn address(&self) -> &str {
        &self.address
    }
}

fn dialer_with(address: &str, headers: HashMap<String, String>) -> Result<Arc<WsDialer>, String> {
    let options = InitOptions {
        headers: headers.into_iter().collect(),
        ..InitOptions::default()
    };
    let dialer = dialer(address, options).map_err(|error| match error {
        DialError::BadAddress { reason, .. } => reason,
        other => other.to_string(),
    })?;
    Ok(Arc::new(dialer))
}
