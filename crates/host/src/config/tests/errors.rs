//! The texts are part of the product: a change here is a change users see.

use super::parse;

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = parse(text).expect_err("the file must be refused");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_unknown_root_key_names_the_nearest() {
    refused(
        "data_dir: here\nlisteneers: []\n",
        "iii-config.yaml:2:1: unknown key `listeneers`\n\
         hint: did you mean `listeners`? known keys: `listeners`, `data_dir`, `store`, \
         `threads`, `limits`, `workers`",
    );
}

#[test]
fn an_unknown_key_of_a_worker_is_found_in_its_own_type() {
    refused(
        "workers:\n  - name: lamp\n  - name: desk\n    config:\n      prot: 80\n",
        "iii-config.yaml:5:7: `workers[1].config`: unknown key `prot`\n\
         hint: did you mean `port`? known keys: `port`, `drawers`, `mode`",
    );
}

#[test]
fn an_unknown_limit_is_refused() {
    refused(
        "limits: { heartbeat: 5 }\n",
        "iii-config.yaml:1:11: `limits`: unknown key `heartbeat`\n\
         hint: did you mean `heartbeat_ms`?",
    );
}

#[test]
fn a_store_that_could_not_work_is_refused() {
    refused(
        "store: { durability: never }\n",
        "iii-config.yaml:1:22: `store.durability`: unknown value `never`\n\
         hint: possible values: `fsync`, `relaxed`",
    );
    refused(
        "store:\n  cache_bytes: 64\n",
        "iii-config.yaml:2:3: `store`: `cache_bytes` must be at least 1048576",
    );
    refused(
        "store: { flush_every_ms: 0 }\n",
        "iii-config.yaml:1:8: `store`: `flush_every_ms` must be at least 1",
    );
    refused(
        "store: { cash_bytes: 64 }\n",
        "iii-config.yaml:1:10: `store`: unknown key `cash_bytes`\n\
         hint: did you mean `cache_bytes`? known keys: `durability`, `flush_every_ms`, \
         `cache_bytes`, `overlay_bytes`, `journal_bytes`, `state_entries_max`, \
         `state_bytes_max`, `queue_entries_max`, `queue_bytes_max`",
    );
}

#[test]
fn a_limit_of_nothing_is_refused() {
    refused(
        "limits:\n  connections_max: 0\n",
        "iii-config.yaml:2:20: `limits.connections_max`: a limit must be at least 1",
    );
}

#[test]
fn an_unknown_worker_names_the_nearest() {
    refused(
        "workers:\n  - name: desks\n",
        "iii-config.yaml:2:11: no worker `desks` in this build\n\
         hint: did you mean `desk`? workers of this build: `desk`, `lamp`",
    );
}

#[test]
fn a_worker_twice_names_the_first_line_even_under_an_older_name() {
    refused(
        "workers:\n  - name: desk\n  - name: iii-desk\n",
        "iii-config.yaml:3:11: the worker `desk` is listed twice; first in line 2\n\
         hint: merge the two entries",
    );
}

#[test]
fn a_worker_needs_a_name() {
    refused(
        "workers:\n  - config: {}\n",
        "iii-config.yaml:2:5: `workers[0]`: the key `name` is missing",
    );
}

#[test]
fn a_wrong_type_says_what_belongs_there() {
    refused(
        "workers:\n  - name: desk\n    config:\n      port: [1]\n",
        "iii-config.yaml:4:13: `workers[0].config.port`: expected an integer from 0 to 65535, \
         found a list",
    );
    refused(
        "workers:\n  - name: desk\n    config:\n      port: 70000\n",
        "iii-config.yaml:4:13: `workers[0].config.port`: expected an integer from 0 to 65535, \
         found the integer `70000`",
    );
    refused(
        "workers: 5\n",
        "iii-config.yaml:1:10: `workers`: expected a list, found the integer `5`",
    );
    refused(
        "threads: -1\n",
        "iii-config.yaml:1:10: `threads`: expected an integer that is not \
         negative, found the integer `-1`",
    );
}

#[test]
fn text_is_never_shown_because_it_may_be_a_secret() {
    refused(
        "workers:\n  - name: desk\n    config:\n      port: ${SECRET}\n",
        "iii-config.yaml:4:13: `workers[0].config.port`: expected an integer from 0 to 65535, \
         found text",
    );
    refused(
        "workers:\n  - name: desk\n    config:\n      drawers: ${PORT}\n",
        "iii-config.yaml:4:16: `workers[0].config.drawers`: expected a list, found another integer",
    );
    refused(
        "workers:\n  - name: desk\n    config:\n      mode: ${SECRET}\n",
        "iii-config.yaml:4:13: `workers[0].config.mode`: unknown value\n\
         hint: possible values: `open`, `locked`",
    );
}

#[test]
fn an_unknown_word_names_the_nearest() {
    refused(
        "workers:\n  - name: desk\n    config:\n      mode: lokced\n",
        "iii-config.yaml:4:13: `workers[0].config.mode`: unknown value `lokced`\n\
         hint: did you mean `locked`? possible values: `open`, `locked`",
    );
}

#[test]
fn a_worker_may_refuse_what_its_type_allows() {
    refused(
        "workers:\n  - name: desk\n    config: { mode: locked }\n",
        "iii-config.yaml:3:13: `workers[0].config`: a locked desk without drawers is of no use",
    );
}

#[test]
fn a_missing_variable_names_itself_and_the_key() {
    refused(
        "workers:\n  - name: desk\n    config:\n      drawers:\n        - a\n        - x${NOPE}\n",
        "iii-config.yaml:6:11: `workers[0].config.drawers[1]`: the environment variable `NOPE` \
         is not set\n\
         hint: set it, or give a default as in `${NAME:default}`",
    );
}

#[test]
fn a_malformed_placeholder_is_refused() {
    for value in ["${}", "${A B}", "${1A}", "\"${PORT\""] {
        refused(
            &format!("data_dir: {value}\n"),
            "iii-config.yaml:1:11: `data_dir`: a malformed placeholder\n\
             hint: write `${NAME}` or `${NAME:default}`; `$${` stands for a literal `${`",
        );
    }
}

#[test]
fn a_public_listener_needs_a_token() {
    let expected = "iii-config.yaml:2:5: `listeners[0]`: `0.0.0.0:49134` can be reached from \
                    other machines, and the listener has no `token`\n\
                    hint: add `token: ${III_LISTENER_TOKEN}` to the listener, or bind it to \
                    127.0.0.1";
    refused("listeners:\n  - bind: 0.0.0.0:49134\n", expected);
    refused(
        "workers:\n  - name: iii-worker-manager\n    config:\n      host: 0.0.0.0\n",
        &expected.replace(":2:5: `listeners[0]`", ":4:7: `workers[0].config`"),
    );
}

#[test]
fn every_web_page_needs_a_token_too() {
    refused(
        "listeners:\n  - allowed_origins: ['*']\n",
        "iii-config.yaml:2:5: `listeners[0]`: with every origin allowed, every web page could \
         connect; add a `token`, or name the origins",
    );
}

#[test]
fn authorization_is_refused_rather_than_ignored() {
    refused(
        "listeners:\n  - authorization: { auth_function_id: a::b }\n",
        "iii-config.yaml:2:20: `listeners[0].authorization`: authorization by functions is not in \
         this build; remove it, and let only trusted workers connect, with a `token`",
    );
}

#[test]
fn an_empty_token_is_no_token() {
    refused(
        "listeners:\n  - bind: 0.0.0.0:1\n    token: \"${EMPTY}\"\n",
        "iii-config.yaml:3:12: `listeners[0].token`: a token has 1 to 512 characters: letters, \
         digits and any of !#$%&'*+-.^_`|~",
    );
}

#[test]
fn an_address_and_an_origin_have_a_form() {
    refused(
        "listeners:\n  - bind: 49134\n",
        "iii-config.yaml:2:11: `listeners[0].bind`: not an address to listen on; write \
         `HOST:PORT`, as in `127.0.0.1:49134`",
    );
    refused(
        "listeners:\n  - allowed_origins: [example.com]\n",
        "iii-config.yaml:2:23: `listeners[0].allowed_origins[0]`: not an origin; write it as \
         browsers send it, as in `http://localhost:5173`",
    );
}

#[test]
fn yaml_itself_is_checked() {
    refused(
        "workers:\n  - name: desk\n    name: lamp\n",
        "iii-config.yaml:3:5: the key `name` appears twice; first in line 2",
    );
    refused(
        "a: 1\n---\nb: 2\n",
        "iii-config.yaml:2:1: a second YAML document begins here\n\
         hint: keep one document, or name another file with `--config`",
    );
    refused(
        "data_dir: !dir x\n",
        "iii-config.yaml:1:11: unknown YAML tag `!dir`",
    );
    refused("? [a]\n: 1\n", "iii-config.yaml:1:3: a key must be text");
    refused(
        "workers: [\n",
        "iii-config.yaml:2:1: not valid YAML: while parsing a node, did not find expected node \
         content",
    );
}

#[test]
fn a_file_cannot_blow_up() {
    let deep = format!("data_dir: {}{}", "[".repeat(70), "]".repeat(70));
    refused(
        &deep,
        "iii-config.yaml:1:74: more than 64 levels of nesting",
    );
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")] {
        let items = format!("*{of},").repeat(10);
        bomb.extend([name, ": &", name, " [", &items, "]\n"]);
    }
    refused(&bomb, "iii-config.yaml:5:8: more than 20000 values");
}
