use super::keys::KeySet;
use super::token::Token;
use super::{Refused, Verifier};
use crate::auth::Jwt;
use crate::config::checked_for_tests;
use crate::tasks::Tasks;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use iii_kit::ManualClock;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn unsigned(head: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(head.to_string()),
        encode(claims.to_string())
    )
}

fn hs256(head: &Value, claims: &Value) -> String {
    let message = unsigned(head, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = encode(hmac::sign(&key, message.as_bytes()));
    format!("{message}.{signature}")
}

fn verifier(change: Value) -> Verifier {
    let mut config = json!({ "secret": SECRET });
    for (key, value) in change.as_object().unwrap() {
        config[key] = value.clone();
    }
    let config: Jwt = checked_for_tests(config);
    // The clock stands at the beginning of time.
    Verifier::new(&config, Arc::new(ManualClock::default()), Tasks::current()).unwrap()
}

async fn refusal(verifier: &Verifier, token: &str) -> &'static str {
    match verifier.verify("s", token).await {
        Err(Refused::Invalid(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_token_tells_whose_it_is() {
    let verifier = verifier(json!({ "issuer": "i", "audience": ["a", "b"] }));
    let claims = json!({
        "sub": "ann", "iss": "i", "aud": ["x", "b"], "exp": 10, "scope": "read write", "role": 1,
    });
    let token = hs256(&json!({ "alg": "HS256", "typ": "JWT" }), &claims);
    let identity = verifier.verify("users", &token).await.unwrap();
    assert_eq!(identity.subject.as_deref(), Some("ann"));
    assert_eq!(identity.scopes, ["read", "write"]);
    assert_eq!(identity.to_json()["claims"], claims);
}

#[tokio::test]
async fn claims_are_checked() {
    let head = json!({ "alg": "HS256" });
    for (change, claims, part) in [
        (json!({}), json!({}), "never expires"),
        (json!({}), json!({ "exp": -61 }), "has expired"),
        (json!({}), json!({ "exp": "soon" }), "no number"),
        (json!({}), json!({ "exp": 9, "nbf": 61 }), "not valid yet"),
        (
            json!({ "issuer": "i" }),
            json!({ "exp": 9 }),
            "another issuer",
        ),
        (
            json!({ "issuer": "i" }),
            json!({ "exp": 9, "iss": ["i"] }),
            "another issuer",
        ),
        (
            json!({ "audience": ["a"] }),
            json!({ "exp": 9 }),
            "somebody else",
        ),
        (
            json!({ "audience": ["a"] }),
            json!({ "exp": 9, "aud": "b" }),
            "somebody else",
        ),
    ] {
        let why = refusal(&verifier(change), &hs256(&head, &claims)).await;
        assert!(why.contains(part), "{why}");
    }
    // Within the leeway, and without an end where that is allowed.
    for (change, claims) in [
        (json!({}), json!({ "exp": -59, "nbf": 59 })),
        (json!({ "require_exp": false }), json!({})),
    ] {
        let verifier = verifier(change);
        verifier.verify("s", &hs256(&head, &claims)).await.unwrap();
    }
}

#[tokio::test]
async fn the_token_does_not_choose_how_it_is_verified() {
    let verifier = verifier(json!({}));
    let claims = json!({ "exp": 9 });
    let good = hs256(&json!({ "alg": "HS256" }), &claims);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let none = unsigned(&json!({ "alg": "none" }), &claims);
    let crit = hs256(&json!({ "alg": "HS256", "crit": ["x"] }), &claims);
    let other = hs256(&json!({ "alg": "HS512" }), &claims);
    let rsa = hs256(&json!({ "alg": "RS256" }), &claims);
    let changed = unsigned(&json!({ "alg": "HS256" }), &json!({ "exp": 99 }));
    for (token, part) in [
        (format!("{none}."), "not accepted"),
        (other, "not accepted"),
        (rsa, "not accepted"),
        (crit, "critical"),
        (format!("{changed}.{signature}"), "does not hold"),
        (format!("{message}."), "does not hold"),
        (format!("{message}.{}", encode([0; 32])), "does not hold"),
        (message.to_owned(), "no token"),
        (format!("{good}.x"), "no token"),
        ("x".to_owned(), "no token"),
        ("é.é.é".to_owned(), "no token"),
        ("a".repeat(20_000), "too long"),
    ] {
        let why = refusal(&verifier, &token).await;
        assert!(why.contains(part), "{token}: {why}");
    }
}

#[test]
fn keys_of_every_kind_are_read_and_verify() {
    // A key and a token that openssl made; the other pair is that of RFC 8037 appendix A.4.
    let rsa = json!({ "kty": "RSA", "kid": "rsa", "alg": "RS256", "use": "sig",
        "n": "vDnp-DNC0JBdC2Rgz8-tS_mJdMWbZf0f_WL1JGk_LwDHpTN94F08bvoLFpLWuipnxh1h99BTPs\
haRDOH7om9XYUV\
AcrigzvMSTq3HleF69XcwRxRntJtvZ4T-N5MrXIda9mS1dIOvIultiexz_BmutYSL35B0Bqs6bEiFDGuMTtbCsNc\
zAkRMmNs1VrkOE7BLgFDh3_D94pIHXlYUehZwd0mbzgx1R5r8C9uMYAix7eCvkvPO7qONASGmX029cM0yfNIRa9I\
5xemTMdBj3YiDsUedZa2hO_lU3-7c7GgG3beA7RA65cFIrKo1x7Zlg8HBpsP8xI3ywNHlOOtW13j9Q",
        "e": "AQAB" });
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
            .unwrap();
    let point = pair.public_key().as_ref();
    let ec = json!({ "kty": "EC", "crv": "P-256", "kid": "ec",
        "x": encode(&point[1..33]), "y": encode(&point[33..]) });
    let oct = json!({ "kty": "oct", "kid": "oct", "k": encode(SECRET) });
    let set = json!({ "keys": [rsa, ed, ec, oct, { "kty": "new" }, 7] });
    let keys = KeySet::read(set.to_string().as_bytes()).unwrap();

    let head = json!({ "alg": "ES256", "kid": "ec" });
    let message = unsigned(&head, &json!({}));
    let signature = pair.sign(&random, message.as_bytes()).unwrap();
    assert!(holds(&keys, &format!("{message}.{}", encode(signature))));
    // Without a kid the algorithm finds the key.
    let rsa_token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.Z-xalnKV1Di8tIfWvNQzhrWM4av\
jZPSuvTrfBgESbjyPM8B4\
-QJRyBeERGvYB1lDvNwgTWNlgJWcuorX6ABOKwcHA5kfhQxc78ep9rp-SGNZo5P5bdHEbcQtIt26ksiZD7V5x7ur\
2Xa3HByFoBqo2fvOWHZcoEfz1YLG37HPmWia5covbysyz_Wh1Ph1chmZkcyCs8ADnv-Hz7dys1faLzHGYvMhfLyX\
6BHpHGb1TopRPGGGKEJ05cbAUnIOdXHwgR3CSbEHdlrMbk2MtV7Gne_m7crNTJQtiSEmQAIBxlUqKV8VmAsHv70I\
k8R-HvMOxy8FjBB5JsjByWE-ltaG8w";
    assert!(holds(&keys, rsa_token));
    let ed_token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnL\
WG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert!(holds(&keys, ed_token));
    let broken = ed_token.replace("RXhh", "RXhi");
    assert!(!holds(&keys, &broken));
    // A shared secret that stands in a public set is no key.
    let shared = hs256(&json!({ "alg": "HS256", "kid": "oct" }), &json!({}));
    assert!(!holds(&keys, &shared));
    let unknown = message_with(&json!({ "alg": "ES256", "kid": "other" }), &pair, &random);
    assert!(!holds(&keys, &unknown));
}

fn message_with(head: &Value, pair: &EcdsaKeyPair, random: &SystemRandom) -> String {
    let message = unsigned(head, &json!({}));
    let signature = pair.sign(random, message.as_bytes()).unwrap();
    format!("{message}.{}", encode(signature))
}

fn holds(keys: &KeySet, text: &str) -> bool {
    let token = Token::read(text).ok().unwrap();
    let message = token.message.as_bytes();
    let mut candidates = keys.candidates(&token);
    candidates.any(|key| key.verifies(token.algorithm, message, &token.signature))
}

#[test]
fn configurations_that_would_let_anybody_in_are_refused() {
    for (config, part) in [
        (json!({}), "one of"),
        (json!({ "secret": SECRET, "jwks_file": "k" }), "one of"),
        (json!({ "secret": "short" }), "shorter"),
        (
            json!({ "secret": SECRET, "algorithms": ["RS256"] }),
            "RS256",
        ),
        (
            json!({ "jwks_file": "k", "algorithms": ["RS256", "HS256"] }),
            "HS256",
        ),
        (json!({ "jwks_url": "http://example.com/keys" }), "https"),
        (json!({ "jwks_url": "keys" }), "https"),
        (
            json!({ "jwks_file": "k", "jwks_ca_file": "c" }),
            "jwks_ca_file",
        ),
    ] {
        let config: Jwt = serde_json::from_value(config).unwrap();
        let error = crate::config::Check::check(&config).unwrap_err();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains(SECRET));
    }
}
