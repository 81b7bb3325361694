//! The workers of this build: the one list that a new first-party worker is added to.

use crate::built_in::{BuiltIn, Made, Plan};
use crate::config::{Error, Section};
use iii_kit::SystemClock;
use std::sync::Arc;

/// In the order in which they start when there is no file.
pub static BUILT_INS: &[BuiltIn] = &[BuiltIn {
    name: "http",
    aliases: &["iii-http"],
    read: http,
}];

fn http(section: &Section) -> Result<Plan, Error> {
    let config: iii_worker_http::Config = section.read()?;
    Ok(Plan::new(move |_| {
        let clock = Arc::new(SystemClock::default());
        let worker = iii_worker_http::Http::new(config.clone(), clock);
        let listening = worker.listening();
        Made {
            worker: Box::new(worker),
            address: Box::pin(async move {
                let address = listening.address().await?;
                Some(format!("http://{address}"))
            }),
        }
    }))
}
