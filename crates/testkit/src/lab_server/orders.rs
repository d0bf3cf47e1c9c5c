//! The orders of a laboratory, in memory. Knows no HTTP.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Orders by their id.
#[derive(Debug, Default)]
pub(super) struct Orders {
    placed: usize,
    open: BTreeMap<String, Map<String, Value>>,
}

impl Orders {
    /// Places an order; returns its id and how it reads from now on.
    pub(super) fn place(&mut self, order: Map<String, Value>) -> (String, Value) {
        self.placed += 1;
        let id = format!("ord-{}", self.placed);
        let body = described(&id, &order);
        self.open.insert(id.clone(), order);
        (id, body)
    }

    pub(super) fn find(&self, id: &str) -> Option<Value> {
        self.open.get(id).map(|order| described(id, order))
    }

    /// Puts another order in the place of an open one.
    pub(super) fn replace(&mut self, id: &str, order: Map<String, Value>) -> Option<Value> {
        *self.open.get_mut(id)? = order;
        self.find(id)
    }

    /// Changes an order's own members: null removes one (RFC 7396, one level deep).
    pub(super) fn patch(&mut self, id: &str, changes: Map<String, Value>) -> Option<Value> {
        let order = self.open.get_mut(id)?;
        for (name, value) in changes {
            if value.is_null() {
                order.shift_remove(&name);
            } else {
                order.insert(name, value);
            }
        }
        self.find(id)
    }

    /// Removes an order and returns it.
    pub(super) fn cancel(&mut self, id: &str) -> Option<Map<String, Value>> {
        self.open.remove(id)
    }
}

fn described(id: &str, order: &Map<String, Value>) -> Value {
    json!({ "id": id, "status": "accepted", "order": order })
}
