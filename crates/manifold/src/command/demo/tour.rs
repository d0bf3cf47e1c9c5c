//! What the demo prints: its first answer, where everything is, and lines to paste.

use std::process::ExitCode;
use std::time::Duration;

use super::super::{Failed, tell};
use super::{KEY, PASSWORD};
use crate::Service;

/// Lines of the first answer that are shown.
const SHOWN: usize = 40;

/// Calls the service once, as a client would, and prints the answer and the way on.
pub(super) async fn show(service: &Service, control: &str) -> Result<ExitCode, Failed> {
    let base = format!("http://{}", service.address());
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?;
    let url = format!("{base}/patients/pat-001/summary");
    let mut response = client
        .get(&url)
        .basic_auth("portal", Some(PASSWORD))
        .send()
        .await?;
    let status = response.status();
    let complete = response
        .headers()
        .get("manifold-complete")
        .and_then(|value| value.to_str().ok())
        .unwrap_or("-")
        .to_owned();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
    }
    let body: serde_json::Value = serde_json::from_slice(&body)?;
    let pretty = serde_json::to_string_pretty(&body)?;
    let lines: Vec<&str> = pretty.lines().collect();
    let shown = lines.get(..SHOWN).unwrap_or(&lines).join("\n");
    let left = lines.len().saturating_sub(SHOWN);
    tell(&format!(
        "$ curl -u portal:{PASSWORD} {url}\nHTTP {status}, Manifold-Complete: {complete}\n{shown}\n  … {left} more lines\n"
    ))?;
    tell(&page(&base, service, control))
}

fn page(base: &str, service: &Service, control: &str) -> String {
    let admin = service
        .admin_address()
        .map_or_else(|| "-".to_owned(), |address| format!("http://{address}"));
    format!(
        "\
Swagger UI      {base}/docs/      (Authorize: portal / {PASSWORD}, or the API key {KEY})
OpenAPI         {base}/openapi.json
Operators       {admin}/readyz  {admin}/metrics
Faults          {control}/      (a list of switches)
Configuration   manifold demo --print-configuration

Paste, one at a time:
  curl -i -u portal:{PASSWORD} {base}/patients/pat-001/summary
  curl -i -H 'X-API-Key: {KEY}' {base}/labs/LAB-500001
  curl -i -u portal:{PASSWORD} -H 'Content-Type: application/json' -d '{{\"test\":\"HbA1c\"}}' {base}/patients/pat-001/orders
  curl -i '{base}/weather?city=Z%C3%BCrich'
  curl -i -u portal:wrong {base}/patients/pat-001/summary         # 401
  curl -i -u portal:{PASSWORD} {base}/patients/nobody/summary          # 404

Break something, ask for the summary again, mend it:
  curl -X POST {control}/labs/slow; curl -i -u portal:{PASSWORD} {base}/patients/pat-001/summary; curl -X DELETE {control}/labs
  curl -X POST {control}/ehr/html; curl -i -u portal:{PASSWORD} {base}/patients/pat-001/summary; curl -X DELETE {control}/ehr
  curl -X POST {control}/authorization-server/revoke              # every token; nothing to notice

One of the hospital's observations is wrong on purpose: ask for pat-003, then look at {admin}/readyz.
Ctrl-C ends the demo."
    )
}
