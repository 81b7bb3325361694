//! Ranges of addresses, as configuration writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::net::IpAddr;

/// A range of IP addresses: `10.0.0.0/8`, `::1/128`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Network {
    first: IpAddr,
    prefix_bits: u32,
}

impl Network {
    /// Reads a range.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = || {
            format!(
                "`{text}` is no range of addresses: write `10.0.0.0/8`, `::1/128` or an address"
            )
        };
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| fault())?;
        let width = if first.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => width,
            Some(bits) => bits.parse().map_err(|_| fault())?,
        };
        if prefix_bits > width {
            return Err(fault());
        }
        Ok(Self { first, prefix_bits })
    }

    /// Whether an address is in the range. An IPv4 address in IPv6 clothes is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(other)) => {
                let differing = first.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= self.prefix_bits
            }
            (IpAddr::V6(first), IpAddr::V6(other)) => {
                let differing = first.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= self.prefix_bits
            }
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(network: &str, address: &str) -> bool {
        let address = address.parse().unwrap();
        Network::parse(network).unwrap().contains(address)
    }

    #[test]
    fn prefixes_decide() {
        assert!(is_in("10.0.0.0/8", "10.255.0.1"));
        assert!(!is_in("10.0.0.0/8", "11.0.0.1"));
        assert!(is_in("10.1.2.3", "10.1.2.3"));
        assert!(!is_in("10.1.2.3", "10.1.2.4"));
        assert!(is_in("0.0.0.0/0", "1.2.3.4"));
        assert!(is_in("10.0.0.0/8", "::ffff:10.0.0.1"));
        assert!(is_in("fd00::/8", "fd12::1"));
        assert!(!is_in("fd00::/8", "fe80::1"));
        assert!(!is_in("::/0", "1.2.3.4"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "::1/129",
            "10.0.0/8",
            "proxy",
            "10.0.0.0/x",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}
