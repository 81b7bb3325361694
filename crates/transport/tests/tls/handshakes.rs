//! Handshakes that come about, and those that do not.

use crate::support::{shake, sockets, trusting};
use iii_testkit::{Authority, within};
use iii_transport::tls::{Acceptor, Connector, HandshakeError};
use iii_transport::ws::{DialOptions, Upgrade, UpgradeError, WsDialer};
use iii_transport::{Dial, DialError};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(10);

fn acceptor(authority: &Authority, alpn: &[&str]) -> Acceptor {
    Acceptor::load(vec![authority.issue(&["127.0.0.1", "a.test"])], alpn).unwrap()
}

#[tokio::test]
async fn bytes_of_every_amount_cross_both_ways() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, &[]);
    let (server, client) = shake(&acceptor, &trusting(&authority), "a.test").await;
    let (mut server, mut client) = (server.unwrap(), client.unwrap());
    assert_eq!(server.alpn_protocol(), None);
    for length in [1, 100, 16_384, 16_385, 70_000, 3_000_000] {
        let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let talk = async {
            client.write_all(&bytes).await.unwrap();
            client.flush().await.unwrap();
            let mut back = vec![0; length];
            client.read_exact(&mut back).await.unwrap();
            assert!(back == bytes, "{length}");
        };
        let echo = async {
            // By small pieces too, so that records end anywhere.
            let mut seen = 0;
            let mut piece = vec![0; if length > 16_384 { 50_000 } else { 7 }];
            while seen < length {
                let read = server.read(&mut piece).await.unwrap();
                server.write_all(&piece[..read]).await.unwrap();
                seen += read;
            }
            server.flush().await.unwrap();
        };
        within("the echo", async { tokio::join!(talk, echo) }).await;
    }
    drop(client);
    assert_eq!(
        server.read(&mut [0; 8]).await.unwrap(),
        0,
        "an end is an end"
    );
}

#[tokio::test]
async fn what_a_client_sends_right_behind_its_handshake_is_not_lost() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, &[]);
    let (accepted, dialled) = sockets().await;
    let connector = trusting(&authority);
    let sent = vec![7; 200_000];
    let client = async {
        let mut client = connector.connect(dialled, "a.test").await.unwrap();
        client.write_all(&sent).await.unwrap();
        client.shutdown().await.unwrap();
        // A socket that is closed with something unread is reset, session tickets included.
        assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
    };
    let server = async {
        let mut server = acceptor.accept(accepted).await.unwrap();
        let mut received = Vec::new();
        server.read_to_end(&mut received).await.unwrap();
        server.shutdown().await.unwrap();
        received
    };
    let ((), received) = within("the bytes", async { tokio::join!(client, server) }).await;
    assert!(received == sent);
}

#[tokio::test]
async fn who_is_not_trusted_is_told_why_and_the_next_one_is_served() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let acceptor = acceptor(&authority, &[]);
    for (connector, host, part) in [
        (trusting(&stranger), "a.test", "III_CA_FILE"),
        (Connector::new(None).unwrap(), "a.test", "III_CA_FILE"),
        (trusting(&authority), "b.test", "b.test"),
        (trusting(&authority), "127.0.0.2", "127.0.0.2"),
    ] {
        let (served, trusted) = shake(&acceptor, &connector, host).await;
        assert!(matches!(served, Err(HandshakeError::Failed(_))));
        let Err(HandshakeError::Untrusted(reason)) = trusted else {
            panic!("{host} is not to be trusted")
        };
        assert!(reason.contains(part), "{reason}");
    }
    let (served, trusted) = shake(&acceptor, &trusting(&authority), "a.test").await;
    assert!(served.is_ok() && trusted.is_ok());
}

/// The hello of a client that knows TLS 1.1 at most.
fn old_hello() -> Vec<u8> {
    let mut hello = vec![0x16, 3, 1, 0, 63, 1, 0, 0, 59, 3, 2];
    hello.extend([7; 32]);
    // A cipher suite, a signature algorithm and a group that every server knows: only the version
    // is wrong.
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 16]);
    hello.extend([0, 13, 0, 4, 0, 2, 4, 3]);
    hello.extend([0, 10, 0, 4, 0, 2, 0, 23]);
    hello
}

#[tokio::test]
async fn tls_1_1_is_refused_by_an_alert() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, &[]);
    let (accepted, mut dialled) = sockets().await;
    dialled.write_all(&old_hello()).await.unwrap();
    let outcome = acceptor.accept(accepted).await;
    assert!(matches!(outcome, Err(HandshakeError::Failed(_))));
    let mut alert = Vec::new();
    dialled.read_to_end(&mut alert).await.unwrap();
    let [0x15, 3, _, 0, 2, 2, 70] = alert[..] else {
        panic!("no `protocol_version` alert: {alert:?}")
    };
}

#[tokio::test]
async fn a_client_without_tls_is_told_so_in_http() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, &[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
    let accept = async {
        let (socket, _) = listener.accept().await.unwrap();
        Upgrade::read_tls(socket, &acceptor, LIMIT).await.err()
    };
    let (dialled, accepted) = tokio::join!(dialer.dial(), accept);
    assert!(matches!(accepted, Some(UpgradeError::NotTls)));
    let expected = DialError::Refused {
        address,
        status: 400,
        reason: "this port speaks TLS: use `wss://`".to_owned(),
    };
    assert_eq!(dialled.err(), Some(expected));
}

#[tokio::test]
async fn a_server_without_tls_is_recognized() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("wss://{}", listener.local_addr().unwrap());
    let dialer = WsDialer::new(&address, DialOptions::default()).unwrap();
    let accept = async {
        let (socket, _) = listener.accept().await.unwrap();
        Upgrade::read(socket, LIMIT).await.err()
    };
    let (dialled, accepted) = tokio::join!(dialer.dial(), accept);
    assert!(matches!(accepted, Some(UpgradeError::NotHttp)));
    let Some(DialError::Unreachable { reason, .. }) = dialled.err() else {
        panic!("it cannot be reached by TLS")
    };
    assert!(reason.contains("`ws://`"), "{reason}");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go_of() {
    let authority = Authority::new();
    let acceptor = acceptor(&authority, &[]);
    for said in [&b""[..], &old_hello()[..20]] {
        let (accepted, mut dialled) = sockets().await;
        dialled.write_all(said).await.unwrap();
        let outcome = Upgrade::read_tls(accepted, &acceptor, Duration::from_millis(20)).await;
        assert!(matches!(outcome, Err(UpgradeError::Timeout)));
        let (accepted, mut dialled) = sockets().await;
        dialled.write_all(said).await.unwrap();
        drop(dialled);
        let outcome = Upgrade::read_tls(accepted, &acceptor, LIMIT).await;
        assert!(matches!(outcome, Err(UpgradeError::Gone)));
    }
}

/// A handshake with a client that offers these protocols; gives the one that was agreed on.
async fn agreed(
    acceptor: &Acceptor,
    authority: &Authority,
    offered: &'static [&'static str],
) -> Result<Option<String>, HandshakeError> {
    let (accepted, dialled) = sockets().await;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority.ca_file()).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let client = tokio::task::spawn_blocking(move || {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|name| name.as_bytes().into()).collect();
        let name = "a.test".try_into().unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut socket = dialled.into_std().unwrap();
        socket.set_nonblocking(false).unwrap();
        // Without a protocol in common the server ends it.
        let _ = client.complete_io(&mut socket);
    });
    let (served, done) = tokio::join!(acceptor.accept(accepted), client);
    done.unwrap();
    let protocol = served?.alpn_protocol().map(<[u8]>::to_vec);
    Ok(protocol.map(|name| String::from_utf8(name).unwrap()))
}

#[tokio::test]
async fn the_protocol_is_the_first_of_ours_that_the_client_knows() {
    let authority = Authority::new();
    let web = acceptor(&authority, &["h2", "http/1.1"]);
    let outcome = agreed(&web, &authority, &["http/1.1", "h2"]).await;
    assert_eq!(outcome.unwrap().as_deref(), Some("h2"));
    let outcome = agreed(&web, &authority, &["http/1.1"]).await;
    assert_eq!(outcome.unwrap().as_deref(), Some("http/1.1"));
    assert_eq!(agreed(&web, &authority, &[]).await.unwrap(), None);
    assert!(agreed(&web, &authority, &["smtp"]).await.is_err());
    let workers = acceptor(&authority, &[]);
    assert_eq!(
        agreed(&workers, &authority, &["http/1.1"]).await.unwrap(),
        None
    );
}
