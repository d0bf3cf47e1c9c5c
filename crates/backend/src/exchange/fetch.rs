//! One request, authorised, sent, and sent once more when the token was bad.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use orchestration::{Effect, Expect, Failure, Payload, Reading, Success, Trace};
use problem::{Code, Issue, Severity};
use token_provider::Token;
use tokio::time::Instant;
use url::Url;

use super::{Backend, Sending};
use crate::cache::Freshness;
use crate::classify::{Expected, Verdict, classify, demands_nonce};
use crate::credential::{Chosen, Doubt, note_nonce};
use crate::failure::Fault;
use crate::read::{read, read_error};
use crate::resilience::{self, Attempt};
use crate::{Dialect, Request, Response};

/// What to ask.
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: Url,
    /// Whether that is on another origin than the backend's.
    pub(crate) elsewhere: bool,
    /// The call's own.
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
    pub(crate) trace: &'a Trace,
    /// The client on whose behalf.
    pub(crate) principal: Option<&'a str>,
    pub(crate) body: Option<&'a Payload>,
    pub(crate) effect: Effect,
    pub(crate) expect: &'a Expect,
    /// Statuses that mean that the thing does not exist.
    pub(crate) absent: &'a [u16],
    pub(crate) deadline: Instant,
    /// What it would have been given at best: [`orchestration::Exchange::full_time`].
    pub(crate) full_time: Duration,
    pub(crate) max_body: usize,
    /// Told of each answer, where it is to be kept.
    pub(crate) freshness: Option<&'a Freshness>,
    pub(crate) sending: Sending<'a>,
}

/// What came.
pub(crate) enum Fetched {
    Success(Success),
    /// The status that says that there is nothing.
    Absent(u16),
}

impl Ask<'_> {
    async fn read(&self, response: Response) -> Result<Success, Fault> {
        if let Some(freshness) = self.freshness {
            freshness.note(&response.headers);
        }
        read(response, self).await
    }
}

impl Backend {
    /// Sends `ask`, as often as the backend's resilience allows.
    pub(crate) async fn fetch(&self, ask: &Ask<'_>) -> Result<Fetched, Fault> {
        match &self.settings.resilience {
            None => self.attempt(ask, None).await,
            // Boxed: most backends have none, and their calls are not to carry its weight.
            Some(state) => Box::pin(resilience::fetch(self, state, ask)).await,
        }
    }

    /// Sends `ask` once, noting in `attempt` that it went out. At most four times: once more with a
    /// renewed token, once more with the nonce that the backend wants in proofs, once more without FHIR's
    /// version parameter; never after the backend may have acted on a write.
    pub(crate) async fn attempt(
        &self,
        ask: &Ask<'_>,
        attempt: Option<&Attempt>,
    ) -> Result<Fetched, Fault> {
        let credential = self.settings.credential.chosen(ask.principal)?;
        let (mut renewed, mut has_nonce) = (false, false);
        let mut sending = match attempt.and_then(Attempt::kind) {
            Some(kind) => ask.sending.beginning_as(kind),
            None => ask.sending,
        };
        loop {
            let mut request = self.request(ask);
            let with_version = request
                .headers
                .get(ACCEPT)
                .is_some_and(|accept| accept == fhir::media::ACCEPT_R4);
            let authorized = credential.authorize(&mut request, ask.deadline).await;
            let token = authorized.map_err(|error| Fault::from(&error))?;
            if let Some(attempt) = attempt {
                attempt.sent();
            }
            sending.begin();
            let sent = self.transport.send(request).await;
            let sent = sent.map_err(|error| self.broken(error));
            let response = sent.inspect_err(|fault| sending.failed(fault))?;
            self.answers();
            let status = response.status;
            let nonce = note_nonce(token.as_ref(), &ask.url, &response.headers);
            // Refused before it acted, for want of the nonce that it gives: the token is as good as it
            // was (RFC 9449 §9).
            if nonce && !has_nonce && status == 401 && demands_nonce(&response.headers) {
                has_nonce = true;
                Box::pin(read_error(response)).await;
                sending.answered(status);
                continue;
            }
            // A rejection may be mended by a new token; whatever else ends the call.
            let (fault, doubt) = match classify(status, &response.headers, &self.expected(ask)) {
                Verdict::Success => match ask.read(response).await {
                    Ok(success) => {
                        sending.answered(status);
                        accepted(credential, token.as_ref());
                        return Ok(Fetched::Success(success));
                    }
                    Err(fault) if fault.failure.code == Code::UpstreamLoginPage => {
                        (fault, Doubt::LoginPage)
                    }
                    Err(fault) => {
                        sending.failed(&fault);
                        return Err(fault);
                    }
                },
                Verdict::Absent => {
                    sending.answered(status);
                    accepted(credential, token.as_ref());
                    return Ok(Fetched::Absent(status.as_u16()));
                }
                // The backend refused before it acted: a write, too, is sent once more.
                Verdict::TokenRejected(failure) => {
                    let issues = self.issues(
                        &Box::pin(read_error(response)).await,
                        credential,
                        token.as_ref(),
                    );
                    (
                        Fault::refused(Failure { issues, ..failure }),
                        Doubt::Rejected,
                    )
                }
                Verdict::LoginPage(failure) => (Fault::unclear(failure), Doubt::LoginPage),
                Verdict::Error { .. } if status == 406 && with_version => {
                    self.accepts_any_version.store(true, Ordering::Relaxed);
                    sending.answered(status);
                    continue;
                }
                Verdict::Error {
                    failure,
                    may_have_acted,
                } => {
                    let issues = self.issues(
                        &Box::pin(read_error(response)).await,
                        credential,
                        token.as_ref(),
                    );
                    let fault = Fault {
                        failure: Failure { issues, ..failure },
                        may_have_acted,
                    };
                    sending.failed(&fault);
                    return Err(fault);
                }
            };
            sending.failed(&fault);
            let Some(token) = token else {
                return Err(fault);
            };
            if renewed || !self.give_up(credential, &token, doubt, status) {
                return Err(fault);
            }
            // A login page comes after the backend may have acted: a write is not sent again.
            if doubt == Doubt::LoginPage && ask.effect == Effect::Write {
                return Err(fault);
            }
            renewed = true;
        }
    }

    /// Gives `token` up for a new one, unless that has not helped a moment ago: whose answer said so, and
    /// with which status, is told with it.
    fn give_up(
        &self,
        credential: &Chosen,
        token: &Token,
        doubt: Doubt,
        status: StatusCode,
    ) -> bool {
        let backend = &*self.settings.alias;
        let told = tracing::warn_span!("answer", backend, status = status.as_u16());
        told.in_scope(|| credential.give_up(token, doubt))
    }

    fn request(&self, ask: &Ask<'_>) -> Request {
        let mut headers = self.headers_of(ask.headers, ask.body, ask.trace);
        if ask.elsewhere {
            headers.remove(HOST);
        }
        if let Reading::Opaque { accept, .. } = &ask.expect.reading {
            headers.insert(ACCEPT, accept.clone());
        } else if let Dialect::FhirR4 { .. } = self.settings.dialect {
            let any = self.accepts_any_version.load(Ordering::Relaxed);
            let accept = if any {
                fhir::media::ACCEPT_ANY_VERSION
            } else {
                fhir::media::ACCEPT_R4
            };
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        // A write without a body says so: some gatekeepers answer 411 otherwise.
        let needs_length = matches!(*ask.method, Method::POST | Method::PUT | Method::PATCH);
        let body = ask.body.map(|payload| payload.bytes.clone());
        let body = body.or_else(|| needs_length.then(Bytes::new));
        Request {
            method: ask.method.clone(),
            url: ask.url.clone(),
            headers,
            body,
        }
    }

    fn expected<'a>(&'a self, ask: &'a Ask<'_>) -> Expected<'a> {
        Expected {
            success: &ask.expect.success,
            takes_html: takes_html(&ask.expect.reading),
            absent: ask.absent,
            token_rejected: &self.settings.token_rejected_statuses,
            requested: &ask.url,
        }
    }

    /// The issues of an `OperationOutcome` in an error's body (FHIR R4, http.html#Status-Codes).
    /// Words in which the backend repeats our credential or its own address are left out.
    fn issues(&self, body: &[u8], credential: &Chosen, token: Option<&Token>) -> Vec<Issue> {
        if self.settings.dialect == Dialect::Rest {
            return Vec::new();
        }
        let host = self.settings.url.host_str().unwrap_or_default();
        let reveals = |words: &str| words.contains(host) || credential.is_revealed_by(words, token);
        let cap = fhir::outcome::Cap::default();
        // Cut only after the look at it: a part of a secret is not found as the secret.
        let whole = fhir::outcome::Cap {
            characters: usize::MAX,
            ..cap
        };
        let issues = fhir::outcome::issues(body, whole);
        let told = issues.into_iter().map(|mut told| {
            let harmless = told.diagnostics.filter(|words| !reveals(words));
            told.diagnostics = harmless.map(|words| words.chars().take(cap.characters).collect());
            issue(told)
        });
        told.collect()
    }
}

fn accepted(credential: &Chosen, token: Option<&Token>) {
    if let Some(token) = token {
        credential.accepted(token);
    }
}

/// Whether pages are what a call wants: it says so by name.
fn takes_html(reading: &Reading) -> bool {
    let named = |kind: &String| kind.starts_with("text/") || kind == "application/xhtml+xml";
    match reading {
        Reading::Opaque { media_types, .. } => media_types.iter().any(named),
        Reading::Json | Reading::Pages { .. } => false,
    }
}

fn issue(issue: fhir::outcome::Issue) -> Issue {
    Issue {
        severity: match issue.severity {
            fhir::outcome::Severity::Fatal => Severity::Fatal,
            fhir::outcome::Severity::Error => Severity::Error,
            fhir::outcome::Severity::Warning => Severity::Warning,
            fhir::outcome::Severity::Information => Severity::Information,
        },
        code: Cow::Borrowed(issue.code.as_str()),
        diagnostics: issue.diagnostics,
    }
}
