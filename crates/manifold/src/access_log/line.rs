//! The line itself: its members, and how they are written.

use serde::Serialize;

/// One request, as the operator sees it. Routes instead of paths: a path may hold a patient's id.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// RFC 3339, UTC.
    pub(crate) time: jiff::Timestamp,
    pub(crate) request_id: &'a str,
    pub(crate) method: &'a str,
    /// The endpoint's route, or `-`.
    pub(crate) endpoint: &'a str,
    /// The principal's name.
    pub(crate) client: Option<&'a str>,
    /// 499: the client left before its answer.
    pub(crate) status: u16,
    pub(crate) code: Option<&'a str>,
    pub(crate) complete: Option<bool>,
    pub(crate) duration_us: u64,
    /// Of the body, as far as they were taken to be sent.
    pub(crate) bytes: u64,
    /// The connection ended in the middle of the answer.
    pub(crate) aborted: bool,
    pub(crate) calls: Vec<CallLine<'a>>,
}

/// One call of a request.
#[derive(Debug)]
pub(crate) struct CallLine<'a> {
    pub(crate) call: &'a str,
    pub(crate) backend: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) code: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) duration_us: Option<u64>,
    /// It failed with `code`, and what was kept stood in.
    pub(crate) stale: bool,
}

impl Line<'_> {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        member(out, br#"{"time":"#, &self.time)?;
        member(out, br#","request_id":"#, self.request_id)?;
        member(out, br#","method":"#, self.method)?;
        member(out, br#","endpoint":"#, self.endpoint)?;
        if let Some(client) = self.client {
            member(out, br#","client":"#, client)?;
        }
        member(out, br#","status":"#, &self.status)?;
        if let Some(code) = self.code {
            member(out, br#","code":"#, code)?;
        }
        if let Some(complete) = self.complete {
            member(out, br#","complete":"#, &complete)?;
        }
        member(out, br#","duration_us":"#, &self.duration_us)?;
        member(out, br#","bytes":"#, &self.bytes)?;
        if self.aborted {
            out.extend_from_slice(br#","aborted":true"#);
        }
        for (index, call) in self.calls.iter().enumerate() {
            out.extend_from_slice(if index == 0 { br#","calls":["# } else { b"," });
            call.write(out)?;
        }
        out.extend_from_slice(if self.calls.is_empty() { b"}" } else { b"]}" });
        Ok(())
    }
}

impl CallLine<'_> {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        member(out, br#"{"call":"#, self.call)?;
        member(out, br#","backend":"#, self.backend)?;
        member(out, br#","outcome":"#, self.outcome)?;
        if let Some(code) = self.code {
            member(out, br#","code":"#, code)?;
        }
        if let Some(status) = self.status {
            member(out, br#","status":"#, &status)?;
        }
        if let Some(duration) = self.duration_us {
            member(out, br#","duration_us":"#, &duration)?;
        }
        if self.stale {
            out.extend_from_slice(br#","stale":true"#);
        }
        out.push(b'}');
        Ok(())
    }
}

/// Appends a member: its name with the punctuation around it, as it is, and its value as JSON. A
/// derived `Serialize` escapes every name byte by byte, which costs more than the values do.
fn member<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    name: &[u8],
    value: &T,
) -> serde_json::Result<()> {
    out.extend_from_slice(name);
    serde_json::to_writer(out, value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use serde_json::json;

    use super::{CallLine, Line};

    fn written(line: &Line<'_>) -> serde_json::Value {
        let mut out = Vec::new();
        line.write(&mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_line_is_one_object_and_leaves_out_what_there_is_not() {
        let failed = CallLine {
            call: "vitals",
            backend: "ehr",
            outcome: "failed",
            code: Some("upstream_status"),
            status: Some(500),
            duration_us: Some(7),
            stale: false,
        };
        let skipped = CallLine {
            call: "results",
            backend: "labs",
            outcome: "skipped",
            code: None,
            status: None,
            duration_us: None,
            stale: false,
        };
        let stale = CallLine {
            call: "orders",
            backend: "labs",
            outcome: "ok",
            code: Some("upstream_reset"),
            status: Some(200),
            duration_us: Some(5),
            stale: true,
        };
        let mut line = Line {
            time: jiff::Timestamp::UNIX_EPOCH,
            request_id: "id-1",
            method: "GET",
            endpoint: "GET /patients/{id}",
            client: Some("a \"client\""),
            status: 502,
            code: Some("upstream_status"),
            complete: Some(false),
            duration_us: 8,
            bytes: 9,
            aborted: true,
            calls: vec![failed, skipped, stale],
        };
        assert_eq!(
            written(&line),
            json!({
                "time": "1970-01-01T00:00:00Z", "request_id": "id-1", "method": "GET",
                "endpoint": "GET /patients/{id}", "client": "a \"client\"", "status": 502,
                "code": "upstream_status", "complete": false, "duration_us": 8, "bytes": 9,
                "aborted": true, "calls": [
                    { "call": "vitals", "backend": "ehr", "outcome": "failed",
                      "code": "upstream_status", "status": 500, "duration_us": 7 },
                    { "call": "results", "backend": "labs", "outcome": "skipped" },
                    { "call": "orders", "backend": "labs", "outcome": "ok",
                      "code": "upstream_reset", "status": 200, "duration_us": 5, "stale": true },
                ],
            })
        );
        line.client = None;
        line.code = None;
        line.complete = None;
        line.aborted = false;
        line.calls = Vec::new();
        assert_eq!(
            written(&line),
            json!({
                "time": "1970-01-01T00:00:00Z", "request_id": "id-1", "method": "GET",
                "endpoint": "GET /patients/{id}", "status": 502, "duration_us": 8, "bytes": 9,
            })
        );
    }
}
