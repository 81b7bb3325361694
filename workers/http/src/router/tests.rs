//! The router against a naive matcher, and the rules of registration.

use super::table::RegisterError;
use super::*;
use crate::config::HostName;
use proptest::prelude::*;
use std::collections::HashMap;

type Routes = Router<()>;

fn register(routes: &Routes, id: &str, function: &str, route: &str) -> Result<(), RegisterError> {
    let (method, pattern) = route.split_once(' ').unwrap();
    let binding = Binding {
        trigger_id: id.into(),
        function_id: function.into(),
        namespace: "default".into(),
        target: (),
    };
    routes.register(
        RouteMethod::parse(method).unwrap(),
        Pattern::parse(pattern).unwrap(),
        binding,
    )
}

fn find(routes: &Routes, request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap();
    match routes.find(None, path, RouteMethod::parse(method)) {
        Lookup::Found(found) => {
            let captures: Vec<_> = found
                .captures
                .iter()
                .map(|text| decode_component(text).into_owned())
                .collect();
            let function = &found.route.binding().function_id;
            format!("{function}({})", captures.join("|"))
        }
        Lookup::WrongMethod(allowed) => format!("405 {}", allowed.header()),
        Lookup::NotFound => "404".into(),
    }
}

#[test]
fn routes_of_a_host_come_first_and_hide_nothing() {
    let routes = Routes::default();
    let add = |id: &str, host: Option<&str>, path: &str| {
        let host = host.map(|host| HostName::parse(host).unwrap());
        let binding = Binding {
            trigger_id: id.into(),
            function_id: id.into(),
            namespace: "default".into(),
            target: (),
        };
        let pattern = Pattern::parse(path).unwrap().on(host);
        routes.register(RouteMethod::Get, pattern, binding)
    };
    add("any", None, "/a").unwrap();
    add("b", None, "/b").unwrap();
    add("exact", Some("x.example"), "/a").unwrap();
    add("below", Some("*.x.example"), "/a").unwrap();
    add("deep", Some("*.y.x.example"), "/a").unwrap();
    let found = |host: Option<&str>, path| match routes.find(host, path, Some(RouteMethod::Get)) {
        Lookup::Found(found) => found.route.binding().function_id.clone(),
        Lookup::WrongMethod(_) | Lookup::NotFound => "none".to_owned(),
    };
    for (host, function) in [
        (None, "any"),
        (Some("z.example"), "any"),
        (Some("X.example:8080"), "exact"),
        (Some("w.x.example"), "below"),
        (Some("w.y.x.example"), "deep"),
    ] {
        assert_eq!(found(host, "/a"), function);
        assert_eq!(found(host, "/b"), "b");
    }
    let Err(RegisterError::Conflict(conflict)) = add("other", Some("x.example"), "/a") else {
        panic!("it was registered");
    };
    let conflict = conflict.to_string();
    assert!(conflict.contains("on host x.example"), "{conflict}");
    routes.unregister("exact");
    assert_eq!(found(Some("x.example"), "/a"), "any");
}

#[test]
fn specific_routes_win_and_captures_are_decoded() {
    let routes = Routes::default();
    for (id, route) in [
        "GET /",
        "GET /users/:id",
        "POST /users/search",
        "GET users/:id/posts/{post}",
        "GET /files/*rest",
        "GET /files/readme",
        "DELETE /files/{*path}",
    ]
    .into_iter()
    .enumerate()
    {
        register(&routes, &format!("t{id}"), route, route).unwrap();
    }
    for (request, answer) in [
        ("GET /", "GET /()"),
        ("GET /users/a%20b%2Fc", "GET /users/:id(a b/c)"),
        ("HEAD /users/7", "GET /users/:id(7)"),
        ("POST /users/search", "POST /users/search()"),
        ("GET /users/search", "GET /users/:id(search)"),
        ("GET /%75sers/7", "GET /users/:id(7)"),
        ("PUT /users/search", "405 GET, HEAD, POST, OPTIONS"),
        ("GET /users/", "404"),
        ("GET /users/7/", "404"),
        ("GET /users/7/posts/9", "GET users/:id/posts/{post}(7|9)"),
        ("GET /files/a/b%20c", "GET /files/*rest(a/b c)"),
        ("GET /files/readme", "GET /files/readme()"),
        ("DELETE /files/readme", "DELETE /files/{*path}(readme)"),
        ("GET /files/", "404"),
        ("GET /nothing", "404"),
        ("PURGE /nothing", "404"),
        ("PURGE /users/7", "405 GET, HEAD, OPTIONS"),
    ] {
        assert_eq!(find(&routes, request), answer, "{request}");
    }
}

#[test]
fn conflicts_name_the_owner_and_change_nothing() {
    let routes = Routes::default();
    register(&routes, "t1", "orders::get", "GET /orders/:id").unwrap();
    for (function, route) in [
        ("thief::get", "GET /orders/:id"),
        ("orders::get", "GET /orders/:order_id"),
        ("thief::get", "GET orders/{id}"),
    ] {
        let error = register(&routes, "t2", function, route).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("function `orders::get`"), "{text}");
        assert!(text.contains("trigger `t1`"), "{text}");
    }
    register(&routes, "t3", "orders::put", "PUT /orders/:order_id").unwrap();
    assert_eq!(find(&routes, "GET /orders/1"), "orders::get(1)");
    assert_eq!(find(&routes, "PUT /orders/1"), "orders::put(1)");
}

#[test]
fn a_known_trigger_id_moves_its_route_and_a_refused_move_leaves_it() {
    let routes = Routes::default();
    register(&routes, "t1", "f", "GET /a").unwrap();
    register(&routes, "t2", "g", "GET /b").unwrap();
    register(&routes, "t1", "f", "GET /b").unwrap_err();
    assert_eq!(find(&routes, "GET /a"), "f()");
    register(&routes, "t1", "f2", "GET /c").unwrap();
    assert_eq!(find(&routes, "GET /a"), "404");
    assert_eq!(find(&routes, "GET /c"), "f2()");
    // The same place again, with another function: no conflict with itself.
    register(&routes, "t1", "f3", "GET /c").unwrap();
    assert_eq!(find(&routes, "GET /c"), "f3()");
}

#[test]
fn replicas_of_one_function_share_a_route_until_the_last_one_leaves() {
    let routes = Routes::default();
    register(&routes, "t1", "f", "GET /a").unwrap();
    register(&routes, "t2", "f", "GET /a").unwrap();
    routes.unregister("t2");
    routes.unregister("unknown");
    assert_eq!(find(&routes, "GET /a"), "f()");
    routes.unregister("t1");
    assert_eq!(find(&routes, "GET /a"), "404");
    register(&routes, "t3", "g", "GET /a").unwrap();
    assert_eq!(find(&routes, "GET /a"), "g()");
}

#[test]
fn ten_thousand_routes_register_without_rebuilding() {
    let routes = Routes::default();
    for id in 0..10_000 {
        let name = format!("GET /service{}/resource{id}/:id", id % 100);
        register(&routes, &name, &name, &name).unwrap();
        // A request between registrations must not make them quadratic.
        assert_eq!(
            find(&routes, &name.replace(":id", "x")),
            format!("{name}(x)")
        );
    }
}

// === the naive matcher ===

#[derive(Clone, Debug)]
struct Naive {
    id: String,
    method: &'static str,
    pattern: String,
}

fn without_slash(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// One letter per matched segment, smallest is most specific, with what was captured.
fn naive_match(pattern: &str, path: &str) -> Option<(String, Vec<String>)> {
    let mut rank = String::new();
    let mut captured = Vec::new();
    let parts: Vec<_> = without_slash(path).split('/').collect();
    let mut at = 0;
    for segment in without_slash(pattern).split('/') {
        if segment.starts_with('*') {
            let rest = parts.get(at..)?.join("/");
            if rest.is_empty() {
                return None;
            }
            rank.push('c');
            captured.push(rest);
            return Some((rank, captured));
        }
        let part = *parts.get(at)?;
        if segment.starts_with(':') {
            if part.is_empty() {
                return None;
            }
            rank.push('b');
            captured.push(part.into());
        } else if segment == part {
            rank.push('a');
        } else {
            return None;
        }
        at += 1;
    }
    (at == parts.len()).then_some((rank, captured))
}

fn naive_find(routes: &HashMap<String, Naive>, method: &str, path: &str) -> String {
    let mut best: Option<(String, String)> = None;
    let mut allowed = Allowed::default();
    for route in routes.values() {
        let Some((rank, captured)) = naive_match(&route.pattern, path) else {
            continue;
        };
        let served = RouteMethod::parse(route.method).unwrap();
        allowed.insert(served);
        // An exact HEAD route beats the GET route of the same shape.
        let exact = match (method, route.method) {
            (wanted, have) if wanted == have => 'a',
            ("HEAD", "GET") => 'b',
            _ => continue,
        };
        let candidate = (
            format!("{rank}{exact}"),
            format!("{}({})", route.id, captured.join("|")),
        );
        if best.as_ref().is_none_or(|best| candidate.0 < best.0) {
            best = Some(candidate);
        }
    }
    match best {
        Some((_, answer)) => answer,
        None if allowed.is_empty() => "404".into(),
        None => format!("405 {}", allowed.header()),
    }
}

fn shape(route: &Naive) -> String {
    let segments = without_slash(&route.pattern).split('/');
    let shape: Vec<_> = segments
        .map(|segment| match segment.as_bytes().first() {
            Some(b':') => ":",
            Some(b'*') => "*",
            _ => segment,
        })
        .collect();
    format!("{} {}", route.method, shape.join("/"))
}

fn any_method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["GET", "HEAD", "POST", "OPTIONS"])
}

fn any_pattern() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "c", ":x"]);
    let last = prop::sample::select(vec!["a", "b", "", ":y", "*rest"]);
    (prop::collection::vec(segment, 0..4), last).prop_filter_map(
        "a name used twice",
        |(mut parts, last)| {
            parts.push(last);
            let parameters = parts.iter().filter(|part| **part == ":x").count();
            (parameters < 2).then(|| format!("/{}", parts.join("/")))
        },
    )
}

fn any_path() -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "c", "d", ""]);
    prop::collection::vec(segment, 1..6).prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #[test]
    fn agrees_with_the_naive_matcher(
        steps in prop::collection::vec(
            (any_method(), any_pattern(), prop::bool::weighted(0.25)), 1..40),
        requests in prop::collection::vec((any_method(), any_path()), 1..40),
    ) {
        let routes = Routes::default();
        let mut model: HashMap<String, Naive> = HashMap::new();
        for (at, (method, pattern, remove)) in steps.into_iter().enumerate() {
            let route = Naive { id: format!("f{at}"), method, pattern };
            let shape = shape(&route);
            if remove {
                if let Some(known) = model.remove(&shape) {
                    routes.unregister(&known.id);
                }
                continue;
            }
            let text = format!("{} {}", route.method, route.pattern);
            let accepted = register(&routes, &route.id, &route.id, &text).is_ok();
            prop_assert_eq!(accepted, !model.contains_key(&shape), "{}", text);
            if accepted {
                model.insert(shape, route);
            }
        }
        for (method, path) in requests {
            let request = format!("{method} {path}");
            prop_assert_eq!(
                find(&routes, &request), naive_find(&model, method, &path), "{}", request);
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "\\PC{0,40}", path in "[/%a-c:*{}]{0,20}") {
        let routes = Routes::default();
        if let Ok(pattern) = Pattern::parse(&pattern) {
            let binding = Binding {
                trigger_id: "t".into(),
                function_id: "f".into(),
                namespace: "default".into(),
                target: (),
            };
            prop_assert!(routes.register(RouteMethod::Get, pattern, binding).is_ok());
        }
        let _ = routes.find(None, &path, Some(RouteMethod::Get));
    }
}
