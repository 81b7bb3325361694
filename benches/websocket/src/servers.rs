//! The same echo server on each implementation. Each one answers everything that has arrived before
//! it flushes, as far as its interface allows.

mod fastwebsockets;
mod ours;
mod tokio_tungstenite;
mod tokio_websockets;

use anyhow::{Result, bail};
use std::future::Future;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

/// Every implementation, ours last.
pub const NAMES: [&str; 4] = [
    "tokio-tungstenite",
    "fastwebsockets",
    "tokio-websockets",
    "iii-transport",
];

/// Serves until killed, on one thread; prints the address.
pub fn serve(name: &str) -> Result<()> {
    match name {
        "tokio-tungstenite" => listen(tokio_tungstenite::echo),
        "fastwebsockets" => listen(fastwebsockets::echo),
        "tokio-websockets" => listen(tokio_websockets::echo),
        "iii-transport" => listen(ours::echo),
        _ => bail!("unknown server `{name}`"),
    }
}

fn listen<F>(echo: impl Fn(TcpStream) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            // Connections end with an error when the client leaves; that is no news here.
            tokio::task::spawn_local(echo(socket));
        }
    })
}
