//! Results and orders, over the wire.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use super::{LabServer, LabServerOptions};
use crate::test_client::{get, send};

#[tokio::test]
async fn results_are_served_byte_for_byte_and_unknown_ones_are_404() {
    let lab = LabServer::start(LabServerOptions::default()).unwrap();
    let seen = get(lab.server(), "/results/LAB-500001", "").await;
    assert_eq!(seen.status(), 200);
    assert!(seen.text().contains(r#""value":5.80"#) && seen.text().contains(r#""value":"1.00""#));
    let unknown = get(lab.server(), "/results/LAB-1", "").await;
    assert_eq!(
        (unknown.status(), unknown.json()["status"].as_u64()),
        (404, Some(404))
    );
}

#[tokio::test]
async fn a37_an_order_is_placed_changed_and_cancelled() {
    let lab = LabServer::start(LabServerOptions::default()).unwrap();
    let server = lab.server();
    let placed = send(
        server,
        "POST /orders",
        &[],
        r#"{"test":"TSH","urgent":true}"#,
    )
    .await;
    assert_eq!(
        (placed.status(), placed.header("location").as_deref()),
        (201, Some("/orders/ord-1"))
    );
    assert_eq!(placed.json()["order"]["test"], "TSH");
    let patched = send(
        server,
        "PATCH /orders/ord-1",
        &[],
        r#"{"urgent":null,"note":"x"}"#,
    )
    .await;
    assert_eq!(
        patched.json()["order"],
        json!({ "test": "TSH", "note": "x" })
    );
    let replaced = send(server, "PUT /orders/ord-1", &[], r#"{"test":"CRP"}"#).await;
    assert_eq!(
        (replaced.status(), &replaced.json()["order"]),
        (200, &json!({ "test": "CRP" }))
    );
    assert_eq!(
        get(server, "/orders/ord-1", "").await.json(),
        replaced.json()
    );
    assert_eq!(
        send(server, "DELETE /orders/ord-1", &[], "").await.status(),
        204
    );
    for line in ["GET /orders/ord-1", "DELETE /orders/ord-1"] {
        assert_eq!(send(server, line, &[], "").await.status(), 404);
    }
    assert_eq!(send(server, "POST /orders", &[], "[]").await.status(), 400);
}

#[tokio::test]
async fn a_required_version_must_be_sent() {
    let required_version = Some("2".to_owned());
    let options = LabServerOptions {
        required_version,
        ..LabServerOptions::default()
    };
    let lab = LabServer::start(options).unwrap();
    let line = "GET /results/LAB-500002";
    assert_eq!(send(lab.server(), line, &[], "").await.status(), 400);
    assert_eq!(
        send(lab.server(), line, &[("X-Api-Version", "2")], "")
            .await
            .status(),
        200
    );
}
