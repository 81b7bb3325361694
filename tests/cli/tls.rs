//! A listener with certificates, from the outside.

use iii_kit::RawTriggerRequest;
use iii_testkit::{Authority, EngineProcess, ProcessOptions, Ran, connect_trusting, echo};
use iii_transport::tls::CertificateFiles;

fn start(files: &CertificateFiles) -> EngineProcess {
    let config = format!(
        "listeners:\n\
         \x20 - bind: 127.0.0.1:0\n\
         \x20   tls: {{ cert: {}, key: {} }}\n\
         workers: [{{ name: state }}]\n",
        files.cert.display(),
        files.key.display()
    );
    EngineProcess::with(ProcessOptions {
        variables: vec![("III_LOG".to_owned(), "info".to_owned())],
        ..ProcessOptions::with_config(config)
    })
}

fn list_groups(engine: &EngineProcess, authority: &Authority) -> Ran {
    let ca_file = authority.ca_file();
    let ca_file = ca_file.to_str().unwrap();
    engine.iii(&["trigger", "state::list_groups", "--ca-file", ca_file], "")
}

#[test]
fn commands_reach_an_engine_whose_authority_they_are_told() {
    let authority = Authority::new();
    let engine = start(&authority.issue(&["127.0.0.1"]));
    assert!(
        engine.url().starts_with("wss://127.0.0.1:"),
        "{}",
        engine.url()
    );
    engine.wait_for_stderr(&format!("listening on {}", engine.url()));
    assert_eq!(list_groups(&engine, &authority).code, Some(0));

    let url = engine.url();
    let ran = engine.iii(&["trigger", "state::list_groups"], "");
    assert_eq!(ran.code, Some(1));
    let first = format!("error: cannot trust `{url}`: its certificate was issued by nobody that");
    assert!(ran.stderr.starts_with(&first), "{}", ran.stderr);
    assert!(ran.stderr.contains("--ca-file"), "{}", ran.stderr);

    let plain = url.replace("wss://", "ws://");
    let ran = iii_testkit::iii(engine.folder(), &["workers", "list", "--url", &plain], "");
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stderr,
        format!(
            "error: `{plain}` refused the connection with HTTP 400: this port speaks TLS: use \
             `wss://`\nhint: check that an engine listens there, not something else\n"
        )
    );

    let none = ["trigger", "a::b", "--ca-file", "none.pem"];
    let ran = engine.iii(&none, "");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("cannot read `none.pem`"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn new_certificates_serve_new_connections_and_old_connections_live_on() {
    let (first, second) = (Authority::new(), Authority::new());
    let files = first.issue(&["127.0.0.1"]);
    let engine = start(&files);
    let worker = connect_trusting(engine.url(), "early", Some(first.ca_file())).await;
    worker
        .register_function("early::echo", echo())
        .await
        .unwrap();

    std::fs::write(&files.key, "nonsense").unwrap();
    engine.wait_for_stderr("the certificates in force stay");
    assert_eq!(list_groups(&engine, &first).code, Some(0));

    second.issue_again(&files, &["127.0.0.1"]);
    engine.wait_for_stderr("new certificates are in force");
    assert_eq!(list_groups(&engine, &second).code, Some(0));
    assert_eq!(list_groups(&engine, &first).code, Some(1));

    let late = connect_trusting(engine.url(), "late", Some(second.ca_file())).await;
    let call = RawTriggerRequest::new("early::echo", None);
    assert_eq!(late.trigger_raw(call).await, Ok(None), "it is still there");
    late.shutdown().await;
    worker.shutdown().await;
}
