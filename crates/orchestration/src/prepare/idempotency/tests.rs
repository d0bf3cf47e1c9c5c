//! Whose key is whose.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::HashSet;
use std::sync::Arc;

use http::HeaderValue;

use crate::Need::Required;
use crate::fake::{Scene, inputs, ok};
use crate::{Constants, Inputs, Item, Source, Values, prepare};

fn key(
    endpoint: &str,
    call: &str,
    client: Option<&str>,
    key: &str,
    index: Option<usize>,
) -> String {
    let mut scene = Scene::new().call(call, Required, 0, ok("1")).write();
    let mut of = scene.endpoint();
    Arc::get_mut(&mut of).unwrap().label = endpoint.into();
    let inputs = Inputs {
        idempotency_key: Some(HeaderValue::from_str(key).unwrap()),
        principal: client.map(Arc::from),
        ..inputs("1")
    };
    let constants = Constants::default();
    let list = Source::Body(json::Path::default());
    let item = index.map(|index| Item {
        json: b"1",
        index,
        list: &list,
        constants: &constants,
    });
    let values = Values {
        endpoint: &of,
        inputs: &inputs,
        results: &[],
        item: item.as_ref(),
    };
    let (name, value) = prepare(&of.plan.calls[0], values)
        .unwrap()
        .headers
        .pop()
        .unwrap();
    assert_eq!(name, "idempotency-key");
    value.to_str().unwrap().to_owned()
}

#[test]
fn keys_differ_by_client_endpoint_call_and_element() {
    let keys = [
        key("POST /x", "a", Some("ward"), "k", None),
        key("POST /x", "a", Some("lab"), "k", None),
        key("POST /x", "a", None, "k", None),
        key("POST /y", "a", Some("ward"), "k", None),
        key("POST /x", "b", Some("ward"), "k", None),
        key("POST /x", "a", Some("ward"), "k-1", None),
        key("POST /x", "a", Some("ward"), "k", Some(0)),
        key("POST /x", "a", Some("ward"), "k", Some(1)),
        // Neither does a name that ends where the next begins.
        key("POST /x", "aw", Some("ward"), "k", None),
        key("POST /x", "a", Some("war"), "dk", None),
    ];
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
}

#[test]
fn a_repetition_carries_the_same_key_in_every_process() {
    let expected = "7ed99afb57afdd08f41a29573164769a";
    assert_eq!(key("POST /x", "a", Some("ward"), "k", Some(1)), expected);
}
