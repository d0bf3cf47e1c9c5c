//! What the demo prints: a whole answer, the same one with a system away, where everything is, and
//! lines to paste.

use std::process::ExitCode;
use std::time::Duration;

use reqwest::Method;

use super::super::{Failed, tell};
use super::{KEY, PASSWORD};
use crate::Service;

mod outline;

/// Asks for a patient's summary as a client would, once with all systems up and once with the
/// insurer's down, and prints what came and the way on.
pub(super) async fn show(service: &Service, control: &str) -> Result<ExitCode, Failed> {
    let base = format!("http://{}", service.address());
    let tour = Tour {
        client: reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()?,
        summary: format!("{base}/patients/pat-001/summary"),
        insurer: format!("{control}/insurer"),
    };
    tell("One request, three systems asked at once, a member per call.\n")?;
    tour.ask().await?;
    tell("\nThe insurer's server goes down; the answer says so, and everything else is in it.\n")?;
    tour.switch(Method::POST, "/refused").await?;
    let partial = tour.ask().await;
    tour.switch(Method::DELETE, "").await?;
    partial?;
    tell(&page(&base, service, control))
}

struct Tour {
    client: reqwest::Client,
    summary: String,
    insurer: String,
}

impl Tour {
    /// Prints the request, the status and one line per member.
    async fn ask(&self) -> Result<(), Failed> {
        let request = self.client.get(&self.summary);
        let mut response = request.basic_auth("portal", Some(PASSWORD)).send().await?;
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
        let outline = outline::outline(&serde_json::from_slice(&body)?);
        tell(&format!(
            "$ curl -u portal:{PASSWORD} {}\nHTTP {status}, Manifold-Complete: {complete}\n{outline}",
            self.summary
        ))?;
        Ok(())
    }

    /// Prints and sends what the demo's control takes.
    async fn switch(&self, method: Method, fault: &str) -> Result<(), Failed> {
        let url = format!("{}{fault}", self.insurer);
        tell(&format!("$ curl -X {method} {url}"))?;
        let response = self.client.request(method, url).send().await?;
        response.error_for_status()?;
        Ok(())
    }
}

fn page(base: &str, service: &Service, control: &str) -> String {
    let admin = service
        .admin_address()
        .map_or_else(|| "-".to_owned(), |address| format!("http://{address}"));
    format!(
        "
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

Make every token invalid, and see nothing of it:
  curl -X POST {control}/authorization-server/revoke; curl -i -u portal:{PASSWORD} {base}/patients/pat-001/summary   # 200

One of the hospital's observations is wrong on purpose: ask for pat-003, then look at {admin}/readyz.
Ctrl-C ends the demo."
    )
}
