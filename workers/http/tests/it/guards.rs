//! Rate limits, verification and cross-origin rules, the whole way.

use crate::client::{Connection, JSON, Reply, ask, get};
use crate::world::{Mode, World, config};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use iii_kit::{Context, HandlerError};
use iii_testkit::Authority;
use serde_json::{Value, json};
use std::future::ready;

type Output = Result<Option<Value>, HandlerError>;

fn echo(input: Value, _: Context) -> std::future::Ready<Output> {
    let body = json!({
        "auth": input["auth"], "context": input["context"], "body": input["body"],
        "headers": input["headers"],
    });
    ready(Ok(Some(json!({ "body": body }))))
}

fn status_and_code(reply: &Reply) -> (u16, String) {
    (reply.status, reply.error_code())
}

#[tokio::test]
async fn a_bucket_is_emptied_and_said_so() {
    let limits = json!({ "rate_limits": [{ "requests": 3, "window_s": 3600 }] });
    let world = World::start(Mode::Memory, limits).await;
    let tight = json!([{ "name": "tight", "requests": 1, "window_s": 60,
        "key": { "header": "x-tenant" } }]);
    world
        .route_with("GET /tight", json!({ "rate_limits": tight }), echo)
        .await;
    world.route("GET /loose", echo).await;
    let first = ask(world.address, "GET /tight", &["x-tenant: a"], "").await;
    assert_eq!(first.status, 200);
    assert_eq!(
        first.header("ratelimit-policy"),
        Some("\"default\";q=3;w=3600, \"tight\";q=1;w=60")
    );
    let state = first.header("ratelimit").unwrap();
    assert!(state.starts_with("\"default\";r=2;t="), "{state}");
    let refused = ask(world.address, "GET /tight", &["x-tenant: a"], "").await;
    assert_eq!(status_and_code(&refused), (429, "RATE_LIMITED".into()));
    let retry: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((59..=60).contains(&retry), "{retry}");
    // Another tenant has a bucket of its own here, but not at the worker.
    let other = ask(world.address, "GET /tight", &["x-tenant: b"], "").await;
    assert_eq!(other.status, 200);
    let refused = get(world.address, "/loose").await;
    assert_eq!(status_and_code(&refused), (429, "RATE_LIMITED".into()));
    world.stop().await;
}

fn keys() -> Value {
    json!({ "auth": { "schemes": { "partners": {
        "type": "api_key", "header": "X-Api-Key", "keys": [
            { "id": "acme", "secret": "acme secret key", "scopes": ["read"] },
            { "id": "root", "secret": "root secret key", "scopes": ["read", "write"] },
        ],
    } } } })
}

#[tokio::test]
async fn api_keys() {
    let world = World::start(Mode::Memory, keys()).await;
    let guarded = json!({ "auth": ["partners"], "auth_scopes": ["write"] });
    world.route_with("POST /orders", guarded, echo).await;
    world.route("GET /open", echo).await;
    assert_eq!(get(world.address, "/open").await.status, 200);
    let nobody = ask(world.address, "POST /orders", &[], "").await;
    assert_eq!(status_and_code(&nobody), (401, "UNAUTHORIZED".into()));
    assert_eq!(
        nobody.header("www-authenticate"),
        Some("ApiKey realm=\"partners\", in=\"header\", name=\"x-api-key\"")
    );
    let wrong = ask(
        world.address,
        "POST /orders",
        &["x-api-key: acme secret kez"],
        "",
    )
    .await;
    assert_eq!(status_and_code(&wrong), (401, "UNAUTHORIZED".into()));
    assert!(!wrong.text().contains("secret"));
    let known = ask(
        world.address,
        "POST /orders",
        &["x-api-key: acme secret key"],
        "",
    )
    .await;
    assert_eq!(status_and_code(&known), (403, "FORBIDDEN".into()));
    let root = ask(
        world.address,
        "POST /orders",
        &["x-api-key: root secret key"],
        "",
    )
    .await;
    assert_eq!(root.status, 200);
    assert_eq!(root.json()["auth"]["subject"], "root");
    assert_eq!(root.json()["auth"]["type"], "api_key");
    let unknown = json!({ "api_path": "/x", "auth": ["nope"] });
    let refused = world
        .bind("app::x", unknown)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        refused.contains("`nope`") && refused.contains("`partners`"),
        "{refused}"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_required_scheme_holds_where_routes_say_nothing() {
    let mut config = keys();
    config["auth"]["required"] = json!(["partners"]);
    let world = World::start(Mode::Memory, config).await;
    world.route("GET /a", echo).await;
    world
        .route_with("GET /health", json!({ "auth": [] }), echo)
        .await;
    assert_eq!(get(world.address, "/a").await.status, 401);
    assert_eq!(get(world.address, "/health").await.status, 200);
    world.stop().await;
}

#[tokio::test]
async fn what_stands_before_functions_changes_while_it_runs() {
    let world = World::start(Mode::Memory, keys()).await;
    let guarded = json!({ "auth": ["partners"] });
    world.route_with("GET /guarded", guarded, echo).await;
    world.route("GET /open", echo).await;
    let (old, new) = ("x-api-key: acme secret key", "x-api-key: brand new secret");
    let mut kept = Connection::open(world.address).await;
    let mut told = async |path: &str, header: &str| {
        kept.request(&format!("GET {path}"), &[header], "").await;
        kept.reply().await
    };
    assert_eq!(told("/open", "a: b").await.status, 200);
    assert_eq!(told("/guarded", old).await.status, 200);

    let mut changed = keys();
    let fresh = json!([{ "id": "new", "secret": "brand new secret" }]);
    changed["auth"]["schemes"]["partners"]["keys"] = fresh;
    changed["auth"]["required"] = json!(["partners"]);
    changed["rate_limits"] = json!([{ "requests": 3, "window_s": 3600 }]);
    world.control.reconfigure(config(changed)).unwrap();
    assert_eq!(told("/open", "a: b").await.status, 401);
    assert_eq!(told("/guarded", old).await.status, 401);
    assert_eq!(told("/guarded", new).await.json()["auth"]["subject"], "new");
    assert_eq!(told("/open", new).await.status, 429);

    // A route that asks for what there is no more is shut rather than open.
    world.control.reconfigure(config(json!({}))).unwrap();
    let shut = told("/guarded", new).await;
    assert_eq!(status_and_code(&shut), (503, "ROUTE_UNAVAILABLE".into()));
    assert_eq!(told("/open", "a: b").await.status, 200);
    world.control.reconfigure(config(keys())).unwrap();
    assert_eq!(told("/guarded", old).await.status, 200);
    world.stop().await;
}

#[tokio::test]
async fn signed_webhooks_are_verified_over_raw_bodies() {
    let world = World::start(
        Mode::Memory,
        json!({ "auth": { "schemes": { "github": {
            "type": "webhook", "secrets": ["It's a Secret to Everybody"],
        } } } }),
    )
    .await;
    world
        .route_with("POST /hook", json!({ "auth": ["github"] }), echo)
        .await;
    // The example of GitHub's documentation.
    let signature = "x-hub-signature-256: sha256=\
                     757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let line = "POST /hook";
    let plain = "content-type: text/plain";
    let good = ask(world.address, line, &[signature, plain], "Hello, World!").await;
    assert_eq!(good.status, 200);
    assert_eq!(good.json()["auth"]["scheme"], "github");
    let bad = ask(world.address, line, &[signature, plain], "Hello, World?").await;
    assert_eq!(status_and_code(&bad), (401, "UNAUTHORIZED".into()));
    let unsigned = ask(world.address, line, &[plain], "Hello, World!").await;
    assert_eq!(status_and_code(&unsigned), (401, "UNAUTHORIZED".into()));
    world.stop().await;
}

/// RFC 8037 appendix A: a key, and a token of our own signed with it.
fn ed25519() -> (Value, String) {
    let seed = URL_SAFE_NO_PAD
        .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        .unwrap();
    let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let head = json!({ "alg": "EdDSA", "kid": "1" }).to_string();
    let claims = json!({ "sub": "ann", "exp": 4_000_000_000_u64, "scope": "read" }).to_string();
    let encode = |text: &[u8]| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(head.as_bytes()), encode(claims.as_bytes()));
    let signature = encode(pair.sign(message.as_bytes()).as_ref());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    (jwk, format!("authorization: Bearer {message}.{signature}"))
}

#[tokio::test]
async fn tokens_are_verified_with_fetched_keys() {
    let (jwk, token) = ed25519();
    // The issuer is an http worker of its own, with a certificate of an authority of its own.
    let authority = Authority::new();
    let files = authority.issue(&["127.0.0.1"]);
    let tls = json!({ "cert": files.cert, "key": files.key });
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": tls }]);
    let issuer = World::start(Mode::Memory, json!({ "listeners": listeners })).await;
    let set = json!({ "keys": [jwk] });
    let fetched = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&fetched);
    issuer
        .route("GET /jwks.json", move |_, _| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            ready(Ok(Some(json!({ "body": set }))))
        })
        .await;
    let url = format!("https://{}/jwks.json", issuer.address);
    let users = json!({ "type": "jwt", "jwks_url": url, "jwks_ca_file": authority.ca_file() });
    let world = World::start(
        Mode::Memory,
        json!({ "auth": { "schemes": { "users": users } } }),
    )
    .await;
    world
        .route_with("GET /me", json!({ "auth": ["users"] }), echo)
        .await;
    for _ in 0..3 {
        let me = ask(world.address, "GET /me", &[&token], "").await;
        assert_eq!(me.status, 200);
        assert_eq!(me.json()["auth"]["claims"]["sub"], "ann");
    }
    let forged = format!("{}AA", &token[..token.len() - 2]);
    let refused = ask(world.address, "GET /me", &[&forged], "").await;
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer realm=\"users\", error=\"invalid_token\""));
    assert_eq!(fetched.load(std::sync::atomic::Ordering::Relaxed), 1);
    issuer.stop().await;
    // The keys are known: the issuer is not needed for every token.
    assert_eq!(
        ask(world.address, "GET /me", &[&token], "").await.status,
        200
    );
    world.stop().await;
}

#[tokio::test]
async fn keys_that_cannot_be_had_refuse() {
    let (jwk, token) = ed25519();
    let missing = json!({ "type": "jwt", "jwks_file": "/nonexistent/jwks.json" });
    refuses_for_want_of_keys(missing, &token).await;
    // An issuer that nobody vouches for is as good as none.
    let authority = Authority::new();
    let files = authority.issue(&["127.0.0.1"]);
    let tls = json!({ "cert": files.cert, "key": files.key });
    let listeners = json!([{ "bind": "127.0.0.1:0", "tls": tls }]);
    let issuer = World::start(Mode::Memory, json!({ "listeners": listeners })).await;
    let set = json!({ "keys": [jwk] });
    issuer
        .route("GET /jwks.json", move |_, _| {
            ready(Ok(Some(json!({ "body": set }))))
        })
        .await;
    let url = format!("https://{}/jwks.json", issuer.address);
    refuses_for_want_of_keys(json!({ "type": "jwt", "jwks_url": url }), &token).await;
    issuer.stop().await;
}

async fn refuses_for_want_of_keys(scheme: Value, token: &str) {
    let world = World::start(
        Mode::Memory,
        json!({ "auth": { "schemes": { "users": scheme } } }),
    )
    .await;
    world
        .route_with("GET /me", json!({ "auth": ["users"] }), echo)
        .await;
    let refused = ask(world.address, "GET /me", &[token], "").await;
    assert_eq!(status_and_code(&refused), (503, "AUTH_UNAVAILABLE".into()));
    assert!(!refused.text().contains("nonexistent"));
    world.stop().await;
}

#[tokio::test]
async fn buckets_go_by_caller_once_callers_are_known() {
    let mut config = keys();
    config["rate_limits"] = json!([{ "requests": 1, "window_s": 60, "key": "api_key" }]);
    let world = World::start(Mode::Memory, config).await;
    world
        .route_with("GET /a", json!({ "auth": ["partners"] }), echo)
        .await;
    let acme = ["x-api-key: acme secret key"];
    assert_eq!(ask(world.address, "GET /a", &acme, "").await.status, 200);
    assert_eq!(ask(world.address, "GET /a", &acme, "").await.status, 429);
    let root = ["x-api-key: root secret key"];
    assert_eq!(ask(world.address, "GET /a", &root, "").await.status, 200);
    world.stop().await;
}

const ORIGIN: &str = "origin: https://app.example";
const WANTS: &str = "access-control-request-method: PUT";

#[tokio::test]
async fn preflight_is_answered_before_functions_and_says_all_of_it() {
    let cors = json!({ "cors": {
        "allowed_origins": ["https://app.example"], "allowed_headers": ["x-a", "content-type"],
        "expose_headers": ["x-request-id"], "max_age_s": 600, "allow_credentials": true,
    } });
    let world = World::start(Mode::Memory, cors).await;
    world.route("PUT /a", echo).await;
    world
        .route("OPTIONS /a", |_, _| {
            ready(Ok(Some(json!({ "body": "mine" }))))
        })
        .await;
    let preflight = ask(world.address, "OPTIONS /a", &[ORIGIN, WANTS], "").await;
    assert_eq!(preflight.status, 204);
    for (name, value) in [
        ("access-control-allow-origin", "https://app.example"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "PUT, OPTIONS"),
        ("access-control-allow-headers", "x-a, content-type"),
        ("access-control-max-age", "600"),
    ] {
        assert_eq!(preflight.header(name), Some(value), "{name}");
    }
    let vary = preflight.all("vary").join(",");
    assert!(vary.contains("access-control-request-method"), "{vary}");
    // An OPTIONS request that is no preflight is the route's.
    let own = ask(world.address, "OPTIONS /a", &[ORIGIN], "").await;
    assert_eq!((own.status, own.json()), (200, json!("mine")));
    assert_eq!(
        own.header("access-control-expose-headers"),
        Some("x-request-id")
    );
    let other = ["origin: https://evil.example", WANTS];
    let refused = ask(world.address, "OPTIONS /a", &other, "").await;
    assert_eq!(refused.status, 204);
    assert_eq!(refused.header("access-control-allow-origin"), None);
    assert_eq!(refused.header("access-control-allow-methods"), None);
    // Errors can be read by the page, too.
    let missing = ask(world.address, "GET /nowhere", &[ORIGIN], "").await;
    assert_eq!(missing.status, 404);
    assert!(missing.header("access-control-allow-origin").is_some());
    world.stop().await;
}

#[tokio::test]
async fn without_rules_a_route_answers_preflight_itself() {
    let world = World::start(Mode::Memory, json!({})).await;
    world
        .route("OPTIONS /a", |_, _| {
            ready(Ok(Some(json!({ "body": "mine" }))))
        })
        .await;
    let own = ask(world.address, "OPTIONS /a", &[ORIGIN, WANTS], "").await;
    assert_eq!(own.json(), json!("mine"));
    assert!(own.header("vary").is_none());
    assert!(own.header("access-control-allow-origin").is_none());
    world.stop().await;
}

#[tokio::test]
async fn a_refused_body_leaves_the_connection_usable() {
    let world = World::start(Mode::Memory, keys()).await;
    world
        .route_with("POST /a", json!({ "auth": ["partners"] }), echo)
        .await;
    let mut connection = Connection::open(world.address).await;
    let body = format!("\"{}\"", "x".repeat(100_000));
    for _ in 0..2 {
        connection.request("POST /a", &[JSON], &body).await;
        assert_eq!(connection.reply().await.status, 401);
    }
    world.stop().await;
}
