//! RabbitMQ: a durable classic queue.

use super::{
    Consumer, Producer,
    amqp::{Connection, Fields, Frame, Method},
};
use anyhow::{Context, Result, bail, ensure};
use bytes::Buf;
use std::time::Duration;
use tokio::time::sleep;

const QUEUE: &[u8] = b"bench";
const LOOK_AGAIN: Duration = Duration::from_millis(2);

const DECLARE: Method = (50, 10);
const DECLARE_OK: Method = (50, 11);
const PURGE: Method = (50, 30);
const PURGE_OK: Method = (50, 31);
const SELECT: Method = (85, 10);
const SELECT_OK: Method = (85, 11);
const QOS: Method = (60, 10);
const QOS_OK: Method = (60, 11);
const CONSUME: Method = (60, 20);
const CONSUME_OK: Method = (60, 21);
const DELIVER: Method = (60, 60);
const ACK: Method = (60, 80);

const PASSIVE: u8 = 1;
const DURABLE: u8 = 2;

/// Declares the queue; how many messages are ready in it.
async fn declare(connection: &mut Connection, flags: u8) -> Result<u32> {
    let fields = Fields::default().number(0).short_text(QUEUE);
    let fields = fields.byte(flags).long(0);
    let answer = connection.call(DECLARE, fields, DECLARE_OK).await?;
    let mut counts = answer.get(1 + QUEUE.len()..).context("no counts")?;
    ensure!(counts.len() >= 4, "no count");
    Ok(counts.get_u32())
}

/// Publishes with confirms.
pub(super) struct Publishing {
    connection: Connection,
    /// The number of the last message that is confirmed, and so are all before it.
    confirmed: u64,
    /// Confirmed ones behind a gap.
    ahead: Vec<u64>,
}

impl Producer for Publishing {
    async fn connect(addr: &str, _window: usize) -> Result<Self> {
        let mut connection = Connection::open(addr).await?;
        declare(&mut connection, DURABLE).await?;
        let purge = Fields::default().number(0).short_text(QUEUE).byte(0);
        connection.call(PURGE, purge, PURGE_OK).await?;
        connection
            .call(SELECT, Fields::default().byte(0), SELECT_OK)
            .await?;
        Ok(Self {
            connection,
            confirmed: 0,
            ahead: Vec::new(),
        })
    }

    fn push(&mut self, body: &[u8]) {
        self.connection.publish(QUEUE, body);
    }

    async fn pump(&mut self) -> Result<usize> {
        let before = self.confirmed;
        while self.confirmed == before {
            let mut frame = Some(self.connection.next().await?);
            while let Some(Frame::Method(method, fields)) = frame {
                ensure!(method == ACK, "no confirm but {method:?}");
                self.confirm(&fields)?;
                frame = self.connection.ready()?;
            }
        }
        Ok((self.confirmed - before) as usize)
    }
}

impl Publishing {
    fn confirm(&mut self, mut fields: &[u8]) -> Result<()> {
        ensure!(fields.len() >= 9, "a short confirm");
        let number = fields.get_u64();
        let is_multiple = fields.get_u8() & 1 == 1;
        if is_multiple {
            self.confirmed = self.confirmed.max(number);
            self.ahead.retain(|ahead| *ahead > number);
        } else {
            self.ahead.push(number);
        }
        while let Some(at) = self.ahead.iter().position(|it| *it == self.confirmed + 1) {
            self.ahead.swap_remove(at);
            self.confirmed += 1;
        }
        Ok(())
    }
}

/// Consumes with acknowledgements by hand.
pub(super) struct Consuming(Connection);

impl Consumer for Consuming {
    async fn connect(addr: &str, window: usize) -> Result<Self> {
        let mut connection = Connection::open(addr).await?;
        declare(&mut connection, DURABLE).await?;
        let most = Fields::default().long(0).number(window as u16).byte(0);
        connection.call(QOS, most, QOS_OK).await?;
        let consume = Fields::default().number(0).short_text(QUEUE);
        let consume = consume.short_text(b"consumer").byte(0).long(0);
        connection.call(CONSUME, consume, CONSUME_OK).await?;
        Ok(Self(connection))
    }

    async fn pump(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        let mut frame = self.0.next().await?;
        loop {
            let Frame::Method(DELIVER, fields) = frame else {
                bail!("no delivery but {frame:?}");
            };
            let number = delivery_number(&fields)?;
            let header = self.0.next().await?;
            ensure!(header == Frame::Header, "no header but {header:?}");
            let Frame::Body(body) = self.0.next().await? else {
                bail!("no body");
            };
            each(&body);
            self.0
                .push(ACK, Fields::default().very_long(number).byte(0));
            match self.0.ready()? {
                Some(next) => frame = next,
                None => return self.0.flush().await,
            }
        }
    }

    /// An acknowledgement is not answered: one behind it that is says that the server has it.
    async fn finish(&mut self) -> Result<()> {
        while declare(&mut self.0, PASSIVE | DURABLE).await? > 0 {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}

/// The number of a delivery, behind the tag of its consumer.
fn delivery_number(fields: &[u8]) -> Result<u64> {
    let tag = usize::from(*fields.first().context("no tag")?);
    let mut number = fields.get(1 + tag..).context("no number")?;
    ensure!(number.len() >= 8, "no number");
    Ok(number.get_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_delivery_is_behind_the_tag() {
        let mut fields = b"\x02ct".to_vec();
        fields.extend_from_slice(&9_u64.to_be_bytes());
        fields.push(0);
        assert_eq!(delivery_number(&fields).unwrap(), 9);
        assert!(delivery_number(&fields[..10]).is_err());
    }
}
