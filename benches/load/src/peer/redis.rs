//! Redis Streams: one stream, one group, one consumer.

use super::{
    Consumer, Producer,
    resp::{Connection, Reply},
};
use anyhow::{Context, Result, bail};
use bytes::Bytes;

const STREAM: &[u8] = b"bench";
const GROUP: &[u8] = b"workers";
/// How long a read waits for messages, in milliseconds.
const BLOCK_MS: &[u8] = b"10000";

pub(super) struct Adding(Connection);

impl Producer for Adding {
    async fn connect(addr: &str, _window: usize) -> Result<Self> {
        Ok(Self(Connection::open(addr).await?))
    }

    fn push(&mut self, body: &[u8]) {
        self.0.push(&[b"XADD", STREAM, b"*", b"data", body]);
    }

    async fn pump(&mut self) -> Result<usize> {
        self.0.next().await?;
        let mut answered = 1;
        while self.0.ready()?.is_some() {
            answered += 1;
        }
        Ok(answered)
    }
}

pub(super) struct Reading {
    connection: Connection,
    count: String,
    /// Acknowledgements that were sent and not answered.
    open: usize,
}

impl Consumer for Reading {
    async fn connect(addr: &str, window: usize) -> Result<Self> {
        let mut connection = Connection::open(addr).await?;
        connection.push(&[b"DEL", STREAM]);
        connection.next().await?;
        connection.push(&[b"XGROUP", b"CREATE", STREAM, GROUP, b"$", b"MKSTREAM"]);
        connection.next().await?;
        Ok(Self {
            connection,
            count: window.to_string(),
            open: 0,
        })
    }

    async fn pump(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<()> {
        let connection = &mut self.connection;
        connection.push(&[
            b"XREADGROUP",
            b"GROUP",
            GROUP,
            b"consumer",
            b"COUNT",
            self.count.as_bytes(),
            b"BLOCK",
            BLOCK_MS,
            b"STREAMS",
            STREAM,
            b">",
        ]);
        for _ in 0..self.open {
            connection.next().await?;
        }
        let messages = messages(connection.next().await?)?;
        self.open = messages.len();
        for (id, body) in messages {
            each(&body);
            connection.push(&[b"XACK", STREAM, GROUP, &id]);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        for _ in 0..self.open {
            self.connection.next().await?;
        }
        self.open = 0;
        Ok(())
    }
}

/// Ids and bodies in the answer to a read: `[[stream, [[id, [field, body]], ...]]]`.
fn messages(reply: Reply) -> Result<Vec<(Bytes, Bytes)>> {
    let streams = match reply {
        Reply::Nothing => return Ok(Vec::new()),
        reply => list(reply)?,
    };
    let stream = streams.into_iter().next().context("no stream")?;
    let entries = list(stream)?.pop().context("no messages")?;
    let entry = |entry| {
        let mut parts = list(entry)?;
        let fields = list(parts.pop().context("no fields")?)?;
        let body = fields.into_iter().nth(1).context("no body")?;
        Ok((text(parts.pop().context("no id")?)?, text(body)?))
    };
    list(entries)?.into_iter().map(entry).collect()
}

fn list(reply: Reply) -> Result<Vec<Reply>> {
    match reply {
        Reply::List(items) => Ok(items),
        other => bail!("no list: {other:?}"),
    }
}

fn text(reply: Reply) -> Result<Bytes> {
    match reply {
        Reply::Text(text) => Ok(text),
        other => bail!("no text: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_an_answer() {
        let text = |text: &'static str| Reply::Text(Bytes::from_static(text.as_bytes()));
        let entry = |id, body| {
            let fields = Reply::List(vec![text("data"), text(body)]);
            Reply::List(vec![text(id), fields])
        };
        let entries = Reply::List(vec![entry("1-0", "a"), entry("2-0", "b")]);
        let stream = Reply::List(vec![text("bench"), entries]);
        let found = messages(Reply::List(vec![stream])).unwrap();
        let expected = [("1-0", "a"), ("2-0", "b")].map(|(id, body)| (id.into(), body.into()));
        assert_eq!(found, expected);
        assert_eq!(messages(Reply::Nothing).unwrap(), []);
        assert!(messages(Reply::Number(1)).is_err());
    }
}
