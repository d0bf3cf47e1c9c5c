//! One attempt of a fetch: the refresh token if there is one, else the grant itself; each request
//! once more when the server asks for a nonce.

use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::answer::{self, Expected, Failure};
use crate::clock::Moment;
use crate::credential::Credential;
use crate::definition::Grant;
use crate::discovery;
use crate::dpop::{NONCE, NONCE_DEMANDED};
use crate::error::{TokenError, Unavailability};
use crate::observer::FetchOutcome;
use crate::request::{Occasion, compose};
use crate::session::{Fate, Session};
use crate::source::TokenSource;
use crate::subject::Subject;
use crate::token::Granted;
use crate::transport::TransportError;

/// An extra parameter may be a secret or a plain word; a shorter one is no secret worth its name.
const SHORTEST_SECRET: usize = 8;

pub(super) struct Attempt<'a> {
    pub(super) credential: &'a Credential,
    pub(super) session: &'a Session,
    pub(super) subject: Option<&'a Subject>,
    pub(super) give_up: Instant,
}

/// What one request shows, beyond what the definition holds.
#[derive(Clone, Copy, Default)]
struct Shown<'a> {
    refresh: Option<&'a SecretString>,
    actor: Option<&'a SecretString>,
}

impl Attempt<'_> {
    pub(super) async fn make(&self) -> Result<(Granted, Moment), Failure> {
        let definition = &self.credential.definition;
        let endpoint = discovery::endpoint(self.credential, self.give_up).await?;
        let clock = &self.credential.surroundings.clock;
        let result = match self.session.begin(&definition.grant, clock) {
            None => self.by_grant(&endpoint).await,
            Some(ticket) => {
                let shown = Shown {
                    refresh: Some(&ticket.token),
                    actor: None,
                };
                let mut result = self.request(&endpoint, shown).await;
                let (fate, successor, at) = match &mut result {
                    Ok((granted, at)) => (Fate::Used, granted.renewal.take(), *at),
                    Err(failure) => (failure.fate(), None, clock.now()),
                };
                self.session
                    .conclude(&ticket, &definition.grant, fate, successor, at);
                let falls_back =
                    fate == Fate::Spent && matches!(definition.grant, Grant::Password { .. });
                if falls_back {
                    tracing::info!(
                        credential = %definition.name,
                        "the refresh token is not accepted any more, the password is used"
                    );
                    self.by_grant(&endpoint).await
                } else {
                    result
                }
            }
        };
        result.map_err(|failure| self.judge(failure))
    }

    /// By the grant itself, keeping the refresh token that comes along.
    async fn by_grant(&self, endpoint: &Url) -> Result<(Granted, Moment), Failure> {
        let grant = &self.credential.definition.grant;
        let actor = match grant {
            Grant::TokenExchange(exchange) => match &exchange.actor {
                Some(actor) => Some(self.actor(&actor.tokens).await?),
                None => None,
            },
            _ => None,
        };
        let shown = Shown {
            refresh: None,
            actor: actor.as_ref(),
        };
        let mut result = self.request(endpoint, shown).await;
        match (&mut result, grant) {
            // Other grants are repeated as easily, and a refresh token would outlive its subject.
            (Ok((granted, at)), Grant::Password { .. }) => {
                self.session.start(granted.renewal.take(), *at);
            }
            // A password that arrived twice within a second may lock its account.
            (Err(failure), Grant::Password { .. }) => failure.repeatable &= failure.not_sent(),
            _ => {}
        }
        result
    }

    /// The actor's own token.
    async fn actor(&self, tokens: &TokenSource) -> Result<SecretString, Failure> {
        let token = tokens
            .token(self.give_up)
            .await
            .map_err(|error| match error {
                TokenError::Deadline => TokenError::Unavailable {
                    cause: Unavailability::Transport(TransportError::Timeout),
                    retry_after: None,
                },
                error => error,
            })?;
        Ok(SecretString::from(token.bare().unwrap_or_default()))
    }

    /// One request, and a second one when the server only wants a nonce in the proof (RFC 9449 §8).
    async fn request(
        &self,
        endpoint: &Url,
        shown: Shown<'_>,
    ) -> Result<(Granted, Moment), Failure> {
        match self.send(endpoint, shown).await {
            Err(failure) if failure.nonce_demanded => self.send(endpoint, shown).await,
            result => result,
        }
    }

    async fn send(&self, endpoint: &Url, shown: Shown<'_>) -> Result<(Granted, Moment), Failure> {
        let around = &self.credential.surroundings;
        let sent = around.clock.now();
        let result = self.exchange(endpoint, shown, sent).await;
        let outcome = match &result {
            Ok(_) => FetchOutcome::Token,
            Err(failure) if failure.nonce_demanded => FetchOutcome::NonceDemanded,
            Err(failure) => FetchOutcome::from(&failure.error),
        };
        let elapsed = sent.monotonic.elapsed();
        let name = &self.credential.definition.name;
        around.observer.fetched(name, outcome, elapsed);
        result.map(|granted| (granted, sent))
    }

    async fn exchange(
        &self,
        endpoint: &Url,
        shown: Shown<'_>,
        sent: Moment,
    ) -> Result<Granted, Failure> {
        let Credential {
            definition,
            proof_key,
            transport,
            ..
        } = self.credential;
        definition.look_at_keys().await;
        let occasion = Occasion {
            endpoint,
            refresh: shown.refresh,
            subject: self.subject,
            actor: shown.actor,
            proof_key: proof_key.as_deref(),
            now: sent.wall,
            timeout: self.give_up.saturating_duration_since(sent.monotonic),
        };
        let request = compose(definition, &occasion).map_err(TokenError::from)?;
        // The transport is told the timeout; this one holds even if it does not listen.
        let response = timeout_at(self.give_up, transport.post(request))
            .await
            .unwrap_or(Err(TransportError::Timeout))?;
        // Taken from any answer: a success may bring the nonce of the next request (RFC 9449 §8.2).
        let new_nonce = match (proof_key, response.headers.get(&NONCE)) {
            (Some(key), Some(nonce)) => key.note_nonce(endpoint, nonce),
            _ => false,
        };
        let secrets = self.secrets(shown);
        let expected = Expected {
            endpoint,
            default_lifetime: definition.default_lifetime,
            bound: proof_key.is_some(),
            secrets: &secrets,
        };
        let result = answer::interpret(&expected, &response, sent.wall);
        result.map_err(|mut failure| {
            let code = failure.error.server_code();
            failure.nonce_demanded =
                new_nonce && code.is_some_and(|code| code.as_str() == NONCE_DEMANDED);
            failure
        })
    }

    /// All that a server may echo in an error code.
    fn secrets<'a>(&'a self, shown: Shown<'a>) -> Vec<&'a str> {
        let definition = &self.credential.definition;
        let of_grant = match &definition.grant {
            Grant::Password { password, .. } => Some(password),
            Grant::RefreshToken { token } => Some(token),
            Grant::ClientCredentials | Grant::JwtBearer(_) | Grant::TokenExchange(_) => None,
        };
        let subject = self.subject.map(|subject| &subject.token);
        let secrets = [
            definition.client.secret(),
            of_grant,
            shown.refresh,
            shown.actor,
            subject,
        ];
        let secrets = secrets.into_iter().flatten();
        let extra = definition.extra.iter().map(|(_, value)| value.as_str());
        secrets
            .map(ExposeSecret::expose_secret)
            .chain(extra.filter(|value| value.len() >= SHORTEST_SECRET))
            .collect()
    }

    /// What the failure means for the next fetch.
    fn judge(&self, mut failure: Failure) -> Failure {
        let definition = &self.credential.definition;
        failure.account_at_risk = match &definition.grant {
            // A server that does not say what it dislikes may dislike the password.
            Grant::Password { .. } => failure.blames_grant(true),
            Grant::RefreshToken { .. } => failure.blames_grant(false),
            Grant::ClientCredentials | Grant::JwtBearer(_) | Grant::TokenExchange(_) => false,
        };
        let not_an_endpoint = match &failure.error {
            TokenError::Redirected { .. } => true,
            TokenError::Rejected { status, .. } => matches!(status.as_u16(), 404 | 405 | 410),
            _ => false,
        };
        if not_an_endpoint {
            self.credential.discovery.doubt();
        }
        failure
    }
}
