//! Where secrets and patients could leak, and must not.

use crate::support::{Answer, KEY, World, traces};

/// What identifies the patient of the matrix, in any system.
const IDENTIFIERS: [&str; 7] = [
    "pat-001",
    "LAB-500001",
    "INS-700001",
    "MRN-100001",
    "Müller-Žižka",
    "Łukasz",
    "1968-11-02",
];

/// Looks into everything that a client or an operator can see after one request; of the tracing
/// output at what came after the first `traced_before` bytes.
pub(super) async fn assert_none(world: &World, answer: &Answer, traced_before: usize, case: &str) {
    let mut secrets = world.secrets();
    secrets.push(KEY.1.to_owned());
    world.service.access_lines(1).await;
    let document = world.service.send("GET", "/openapi.json", &[], "").await;
    let ready = world.service.operator("/readyz").await;
    let shown = [
        ("the access log", world.service.access_log.text()),
        ("tracing", traces().text_from(traced_before)),
        ("/metrics", world.service.metrics().await),
        ("/readyz", ready.text().to_owned()),
        ("/openapi.json", document.expect(200).text().to_owned()),
    ];
    for (place, text) in &shown {
        let hidden = secrets.iter().map(String::as_str).chain(IDENTIFIERS);
        for secret in hidden {
            assert!(!text.contains(secret), "{case}: {place} shows {secret}");
        }
    }
    // A client that may read the patient sees the patient; what went wrong is told without.
    let problems = match answer.status {
        200 => answer.json()["problems"].to_string(),
        _ => answer.text().to_owned(),
    };
    for identifier in IDENTIFIERS {
        assert!(!problems.contains(identifier), "{case}: {problems}");
    }
    for secret in
        secrets
            .iter()
            .map(String::as_str)
            .chain(["127.0.0.1", "password", "login.example"])
    {
        assert!(
            !problems.contains(secret),
            "{case}: the answer shows {secret}"
        );
        assert!(
            !answer
                .headers
                .iter()
                .any(|(_, value)| value.contains(secret)),
            "{case}"
        );
    }
}
