use super::*;
use serde_json::{Value, json};

fn verifier(config: Value) -> Verifier {
    let config: Webhook = crate::config::checked_for_tests(config);
    Verifier::new(&config).unwrap()
}

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn tag(secret: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes())
}

fn to_hex(tag: &hmac::Tag) -> String {
    let bytes = tag.as_ref().iter();
    bytes.fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn github_published_example() {
    // The example of GitHub's documentation for validating deliveries.
    let github = verifier(json!({ "secrets": ["It's a Secret to Everybody"] }));
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let signed = headers(&[("x-hub-signature-256", signature)]);
    assert_eq!(github.verify(&signed, b"Hello, World!", 0), Ok(()));
    let refused = github.verify(&signed, b"Hello, World?", 0).unwrap_err();
    assert!(refused.contains("does not fit"));
    for broken in ["757107", "sha256=", "sha256=zz", "sha1=75", "sha256=757107"] {
        let signed = headers(&[("x-hub-signature-256", broken)]);
        assert!(
            github.verify(&signed, b"Hello, World!", 0).is_err(),
            "{broken}"
        );
    }
    assert!(
        github
            .verify(&HeaderMap::new(), b"Hello, World!", 0)
            .is_err()
    );
}

#[test]
fn stripe_signs_the_time_too() {
    let stripe = verifier(json!({
        "header": "Stripe-Signature", "layout": "list", "prefix": "v1", "timestamp_key": "t",
        "signed": "{timestamp}.{body}", "secrets": ["whsec_older", "whsec_newer"],
    }));
    let signature = to_hex(&tag(b"whsec_newer", "1700000000.{}"));
    let value = format!("t=1700000000,v1={},v1={signature},v0=00", "00".repeat(32));
    let signed = headers(&[("stripe-signature", &value)]);
    for (now, fits) in [
        (1_700_000_000, true),
        (1_700_000_300, true),
        (1_700_000_301, false),
        (1_699_999_699, false),
    ] {
        assert_eq!(stripe.verify(&signed, b"{}", now).is_ok(), fits, "{now}");
    }
    let moved = value.replace("t=1700000000", "t=1700000001");
    let moved = headers(&[("stripe-signature", &moved)]);
    assert!(stripe.verify(&moved, b"{}", 1_700_000_000).is_err());
    let timeless = headers(&[("stripe-signature", &format!("v1={signature}"))]);
    assert!(stripe.verify(&timeless, b"{}", 1_700_000_000).is_err());
}

#[test]
fn standard_webhooks_and_slack() {
    let engine = base64::engine::general_purpose::STANDARD;
    let standard = verifier(json!({
        "header": "webhook-signature", "prefix": "v1,", "encoding": "base64",
        "timestamp_header": "webhook-timestamp", "secret_encoding": "base64",
        "signed": "{header:webhook-id}.{timestamp}.{body}",
        "secrets": [engine.encode(b"a secret of bytes")],
    }));
    let signature = engine.encode(tag(b"a secret of bytes", "m1.100.{}"));
    let mut fields = headers(&[
        ("webhook-id", "m1"),
        ("webhook-timestamp", "100"),
        ("webhook-signature", &format!("v1,AAAA v1,{signature}")),
    ]);
    assert_eq!(standard.verify(&fields, b"{}", 130), Ok(()));
    fields.insert("webhook-id", "m2".parse().unwrap());
    assert!(standard.verify(&fields, b"{}", 130).is_err());
    let slack = verifier(json!({
        "header": "x-slack-signature", "prefix": "v0=", "signed": "v0:{timestamp}:{body}",
        "timestamp_header": "x-slack-request-timestamp", "secrets": ["slack secret"],
    }));
    let signature = format!("v0={}", to_hex(&tag(b"slack secret", "v0:100:a=b")));
    let fields = headers(&[
        ("x-slack-request-timestamp", "100"),
        ("x-slack-signature", &signature),
    ]);
    assert_eq!(slack.verify(&fields, b"a=b", 100), Ok(()));
}

#[test]
fn mistakes_are_refused_without_the_secret() {
    for (change, part) in [
        (json!({ "secrets": [] }), "from 1 to 4"),
        (json!({ "secrets": ["hunter2"] }), "shorter than"),
        (json!({ "signed": "{timestamp}" }), "no `{body}`"),
        (json!({ "signed": "{timestamp}{body}" }), "go together"),
        (json!({ "signed": "{body}{what}" }), "{what}"),
        (json!({ "signed": "{body}{" }), "without `}`"),
        (
            json!({ "timestamp_key": "t", "signed": "{timestamp}.{body}" }),
            "layout",
        ),
        (json!({ "secret_encoding": "hex" }), "secret_encoding"),
    ] {
        let mut config = json!({ "secrets": ["hunter2 hunter2"] });
        for (key, value) in change.as_object().unwrap() {
            config[key] = value.clone();
        }
        let config: Webhook = serde_json::from_value(config).unwrap();
        let error = crate::config::Check::check(&config).unwrap_err();
        assert!(error.contains(part), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
