//! What several of these tests need.

use iii_testkit::Authority;
use iii_transport::tls::{Acceptor, Connector, HandshakeError, TlsStream};
use tokio::net::{TcpListener, TcpStream};

/// A connected pair of sockets: accepted, dialled.
pub(crate) async fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dial = TcpStream::connect(listener.local_addr().unwrap());
    let (accepted, dialled) = tokio::join!(listener.accept(), dial);
    (accepted.unwrap().0, dialled.unwrap())
}

pub(crate) type Shaken = (
    Result<TlsStream, HandshakeError>,
    Result<TlsStream, HandshakeError>,
);

/// A handshake with a client that dialled `host`: the server's outcome, and the client's.
pub(crate) async fn shake(acceptor: &Acceptor, connector: &Connector, host: &str) -> Shaken {
    let (accepted, dialled) = sockets().await;
    tokio::join!(acceptor.accept(accepted), connector.connect(dialled, host))
}

/// A client that trusts an authority.
pub(crate) fn trusting(authority: &Authority) -> Connector {
    Connector::new(Some(&authority.ca_file())).unwrap()
}

/// Whether clients of an authority get a certificate for this name.
pub(crate) async fn serves(acceptor: &Acceptor, authority: &Authority, host: &str) -> bool {
    let (served, trusted) = shake(acceptor, &trusting(authority), host).await;
    assert_eq!(served.is_ok(), trusted.is_ok());
    trusted.is_ok()
}
