//! An explanation to show in documents.

use std::collections::BTreeMap;
use std::time::Duration;

use orchestration::{Attempt, AttemptEnd, AttemptKind};
use problem::Code;
use serde_json::{Value, json};

use super::Explanation;
use super::call::{Explained, Token};

/// A read that was sent again, and one whose condition did not hold.
pub(crate) fn example() -> Value {
    let refused = AttemptEnd {
        took: Duration::from_millis(12),
        status: Some(503),
        code: Some(Code::UpstreamStatus),
    };
    let answered = AttemptEnd {
        took: Duration::from_millis(31),
        status: Some(200),
        code: None,
    };
    let sent = [
        (AttemptKind::First, 0, refused),
        (AttemptKind::Retry, 40, answered),
    ];
    let sent = sent.map(|(kind, at, end)| Attempt {
        kind,
        at: Duration::from_millis(at),
        end: Some(end),
    });
    let read = Explained {
        call: "patient",
        backend: "ehr",
        need: "required",
        effect: "read",
        request: "GET /Patient/{id}".to_owned(),
        waits_for: Vec::new(),
        timeout_ms: 2000.0,
        outcome: "ok",
        code: None,
        detail: None,
        status: Some(200),
        took_ms: Some(71.4),
        attempts: sent.len(),
        sent: sent.iter().map(Into::into).collect(),
        cache: BTreeMap::from([(backend::CacheResult::Miss.as_str(), 1)]),
        age_seconds: None,
        stale: false,
        credential: Some(Token {
            name: "hospital".to_owned(),
            state: Some("fresh"),
            age_seconds: Some(40),
            expires_in_seconds: Some(260),
            error: None,
        }),
    };
    let skipped = Explained {
        call: "results",
        backend: "labs",
        need: "optional",
        effect: "read",
        request: "GET /results/{calls.patient.id}".to_owned(),
        waits_for: vec!["patient"],
        timeout_ms: 1000.0,
        outcome: "skipped",
        code: Some(Code::Skipped.as_str()),
        detail: Some("its condition does not hold".to_owned()),
        status: None,
        took_ms: None,
        attempts: 0,
        sent: Vec::new(),
        cache: BTreeMap::new(),
        age_seconds: None,
        stale: false,
        credential: None,
    };
    json!(Explanation {
        endpoint: "GET /patients/{id}",
        status: 200,
        complete: Some(true),
        budget_ms: 3000.0,
        took_ms: 73.2,
        calls: vec![read, skipped],
    })
}
