//! An answer as it came over the wire.

use serde_json::Value;

/// Status, headers in order, and the whole body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The status and headers of a head, with its body still to come.
    pub(crate) fn from_head(head: &str) -> Self {
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.parse().unwrap(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        }
    }

    /// The first header of this name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).into_iter().next()
    }

    pub(crate) fn header_values(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        assert!(parsed.is_ok(), "no JSON: {self:?}");
        parsed.unwrap()
    }

    /// The problem's code.
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or("-").to_owned()
    }

    /// Whether `Manifold-Complete` says so.
    pub(crate) fn is_complete(&self) -> bool {
        self.header("manifold-complete") == Some("true")
    }

    /// The entry of `problems`, or of a problem's `calls`, for a call.
    pub(crate) fn call(&self, name: &str) -> Value {
        let body = self.json();
        let list = body.get("problems").or_else(|| body.get("calls"));
        let entries = list.and_then(Value::as_array);
        let found = entries.and_then(|list| list.iter().find(|entry| entry["call"] == name));
        found.cloned().unwrap_or_default()
    }

    /// Asserts the status and returns the answer.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{:?} {body}", self.headers);
        self
    }
}
