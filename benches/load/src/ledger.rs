//! Which messages were handled: every one once, and those of a group in their order.

use crate::scan;
use anyhow::{Context, Result, bail, ensure};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where the number of a message stands in it.
const NUMBER: &str = "\"n\":";

/// What is known of the messages `0..count`, of which message n belongs to group `n % groups`.
pub(crate) struct Ledger {
    seen: Vec<bool>,
    /// What comes next in each group; without groups no order is expected.
    next: Vec<u64>,
    handled: u64,
    /// The first message that should not have come like this.
    fault: Option<String>,
}

/// One that a worker writes and a driver reads.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<Ledger>>);

impl Ledger {
    pub(crate) fn new(count: u64, groups: u64) -> Self {
        Self {
            seen: vec![false; count as usize],
            next: (0..groups).collect(),
            handled: 0,
            fault: None,
        }
    }

    pub(crate) fn shared(self) -> Shared {
        Shared(Arc::new(Mutex::new(self)))
    }

    /// This message is being handled.
    pub(crate) fn note(&mut self, message: &[u8]) {
        if let Err(error) = self.check(message) {
            self.fault.get_or_insert_with(|| format!("{error:#}"));
        }
    }

    fn check(&mut self, message: &[u8]) -> Result<()> {
        let number = scan::number(message, NUMBER).context("a message without a number")?;
        let seen = self.seen.get_mut(number as usize);
        let seen = seen.with_context(|| format!("message {number} was never sent"))?;
        ensure!(!*seen, "message {number} was handled twice");
        *seen = true;
        self.handled += 1;
        let groups = self.next.len() as u64;
        if groups > 0 {
            let next = &mut self.next[(number % groups) as usize];
            ensure!(
                *next == number,
                "message {number} came where {next} of its group should"
            );
            *next += groups;
        }
        Ok(())
    }

    pub(crate) fn handled(&self) -> u64 {
        self.handled
    }

    /// Whether so many were handled, and as they should be.
    pub(crate) fn verdict(&self, sent: u64) -> Result<()> {
        if let Some(fault) = &self.fault {
            bail!("{fault}");
        }
        let handled = self.handled;
        ensure!(handled == sent, "{handled} of {sent} messages were handled");
        Ok(())
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(groups: u64, numbers: &[u64]) -> Ledger {
        let mut ledger = Ledger::new(6, groups);
        for number in numbers {
            ledger.note(format!(r#"{{"data":{{"n":{number},"pad":"x"}}}}"#).as_bytes());
        }
        ledger
    }

    fn complaint(ledger: &Ledger) -> String {
        ledger.verdict(6).unwrap_err().to_string()
    }

    #[test]
    fn groups_may_overtake_each_other_and_nothing_else() {
        ledger(2, &[1, 3, 0, 2, 5, 4]).verdict(6).unwrap();
        let overtaken = ledger(2, &[0, 1, 5, 3, 2, 4]);
        assert!(complaint(&overtaken).contains("message 5 came where 3"));
    }

    #[test]
    fn without_groups_any_order_will_do() {
        ledger(0, &[5, 4, 3, 2, 1, 0]).verdict(6).unwrap();
    }

    #[test]
    fn what_is_lost_or_doubled_is_told() {
        assert!(complaint(&ledger(0, &[0, 1, 2, 3, 4])).contains("5 of 6"));
        let doubled = ledger(0, &[0, 1, 2, 3, 4, 4]);
        assert!(complaint(&doubled).contains("message 4 was handled twice"));
        assert!(complaint(&ledger(0, &[6])).contains("never sent"));
    }
}
