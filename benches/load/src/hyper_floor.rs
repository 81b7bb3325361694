//! `hyper-floor`: what HTTP alone costs, without any engine behind it.

use anyhow::Result;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinSet};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[arg(long, default_value = "127.0.0.1:3999")]
    listen: String,
}

pub(crate) async fn run(options: &Options) -> Result<()> {
    let listener = TcpListener::bind(&options.listen).await?;
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new();
        let served = connection.serve_connection(TokioIo::new(stream), service_fn(answer));
        connections.spawn(async move { served.await.ok() });
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut response = Response::new(Full::new(Bytes::from_static(br#"{"ok":true}"#)));
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}
