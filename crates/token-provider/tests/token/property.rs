//! Whatever happens in whatever order: one fetch at a time, no rejected token again, nobody late, no
//! refresh token twice.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use token_provider::{Definition, Exchange, Subject, Token, TransportError};
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::Instant;

use crate::exchange::exchanging;
use crate::password::user;
use crate::support::{
    Reply, Seen, broken, definition, house, house_that_sees, hung, pass, reply, seconds, token,
};

#[derive(Clone, Debug)]
enum Step {
    /// A caller with this much time, for one of a few subjects where there are any.
    Ask { milliseconds: u64, subject: u8 },
    /// One of the callers under way goes.
    Leave { which: usize },
    /// A backend rejects one of the tokens handed out so far.
    Reject { which: usize },
    /// Time passes.
    Pass { milliseconds: u64 },
    /// The machine was suspended.
    Suspend { seconds: u64 },
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Token { life: i64, after: u64 },
    Refuse,
    RefuseGrant,
    Busy { after: u64 },
    Fail { after: u64 },
    Unreachable,
    Break,
    Hang,
}

impl Answer {
    fn reply(self, number: usize) -> Reply {
        let milliseconds = Duration::from_millis;
        match self {
            Self::Token { life, after } => reply(
                200,
                format!(
                    r#"{{"access_token":"t{number}","expires_in":{life},"refresh_token":"r{number}"}}"#
                ),
            )
            .after(milliseconds(after)),
            Self::Refuse => reply(401, r#"{"error":"invalid_client"}"#),
            Self::RefuseGrant => reply(400, r#"{"error":"invalid_grant"}"#),
            Self::Busy { after } => reply(503, "").after(milliseconds(after)),
            Self::Unreachable => broken(TransportError::Connect),
            Self::Fail { after } => reply(500, "").after(milliseconds(after)),
            Self::Break => broken(TransportError::Interrupted),
            Self::Hang => hung(),
        }
    }

    /// Whether a refresh token that came with the request is used up by it.
    fn acts(self) -> bool {
        !matches!(self, Self::Refuse | Self::Busy { .. } | Self::Unreachable)
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u64..4_000, 0_u8..3).prop_map(|(milliseconds, subject)| Step::Ask { milliseconds, subject }),
        1 => any::<usize>().prop_map(|which| Step::Leave { which }),
        2 => any::<usize>().prop_map(|which| Step::Reject { which }),
        3 => prop_oneof![0_u64..50, 50_u64..3_000, 3_000_u64..90_000].prop_map(|milliseconds| Step::Pass { milliseconds }),
        1 => (1_u64..400).prop_map(|seconds| Step::Suspend { seconds }),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    let life = prop_oneof![Just(0_i64), Just(1), Just(2), Just(10), Just(300)];
    prop_oneof![
        6 => (life, prop_oneof![Just(0_u64), 0_u64..2_500]).prop_map(|(life, after)| Answer::Token { life, after }),
        1 => Just(Answer::Refuse),
        1 => Just(Answer::RefuseGrant),
        1 => Just(Answer::Unreachable),
        1 => (0_u64..2_500).prop_map(|after| Answer::Busy { after }),
        2 => (0_u64..2_500).prop_map(|after| Answer::Fail { after }),
        1 => Just(Answer::Break),
        1 => Just(Answer::Hang),
    ]
}

/// What has been handed out and what rejected. Both change only between polls of the one thread,
/// so that "rejected before it was handed out" is exact.
#[derive(Default)]
struct Ledger {
    handed_out: Vec<Token>,
    rejected: HashSet<u64>,
    used_up: HashSet<String>,
    broken: Vec<String>,
}

async fn play(definition: Definition, steps: Vec<Step>, answers: Vec<Answer>) -> Vec<String> {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let exchanges = matches!(definition.grant, token_provider::Grant::TokenExchange(_));
    let server = Arc::clone(&ledger);
    let house = house_that_sees(definition, move |n, seen: &Seen| {
        let answer = answers[(n - 1) % answers.len()];
        if let Some(token) = seen.parameter("refresh_token") {
            let mut ledger = server.lock().unwrap();
            if ledger.used_up.contains(&token) {
                ledger
                    .broken
                    .push("a used refresh token was shown again".into());
            }
            if answer.acts() {
                ledger.used_up.insert(token);
            }
        }
        answer.reply(n)
    });
    let mut callers: Vec<JoinHandle<()>> = Vec::new();
    for step in steps {
        match step {
            Step::Ask {
                milliseconds,
                subject,
            } => {
                let (source, ledger) = (house.source.clone(), Arc::clone(&ledger));
                callers.push(tokio::spawn(async move {
                    let deadline = Instant::now() + Duration::from_millis(milliseconds);
                    let result = if exchanges {
                        let subject = Subject::new(subject.to_string().into(), None);
                        source.token_for(subject, deadline).await
                    } else {
                        source.token(deadline).await
                    };
                    let mut ledger = ledger.lock().unwrap();
                    if Instant::now() > deadline + Duration::from_millis(2) {
                        ledger
                            .broken
                            .push("a waiter stayed past its deadline".into());
                    }
                    if let Ok(token) = result {
                        if ledger.rejected.contains(&token.generation()) {
                            ledger.broken.push("a rejected token was handed out".into());
                        }
                        ledger.handed_out.push(token);
                    }
                }));
                yield_now().await;
            }
            Step::Leave { which } if !callers.is_empty() => {
                let caller = callers.swap_remove(which % callers.len());
                caller.abort();
            }
            Step::Reject { which } => {
                let mut ledger = ledger.lock().unwrap();
                if !ledger.handed_out.is_empty() {
                    let dead = ledger.handed_out[which % ledger.handed_out.len()].clone();
                    house.source.reject(&dead);
                    ledger.rejected.insert(dead.generation());
                }
            }
            Step::Leave { .. } => {}
            Step::Pass { milliseconds } => {
                pass(Duration::from_millis(milliseconds).as_secs_f64()).await;
            }
            Step::Suspend { seconds: suspended } => {
                house.clock.forward(Duration::from_secs(suspended));
            }
        }
    }
    for caller in callers {
        if caller.await.is_err() {
            ledger
                .lock()
                .unwrap()
                .broken
                .push("a caller panicked".into());
        }
    }
    // Whatever happened, the cache is not stuck.
    pass(400.0).await;
    let fetching = house.source.state().fetching;
    let mut ledger = ledger.lock().unwrap();
    if fetching {
        ledger.broken.push("a fetch never ended".into());
    }
    if house.server.most_in_flight() > 1 {
        ledger.broken.push("two fetches were in flight".into());
    }
    std::mem::take(&mut ledger.broken)
}

fn keeps_its_promises(
    definition: Definition,
    steps: Vec<Step>,
    answers: Vec<Answer>,
) -> Result<(), TestCaseError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let broken = runtime.block_on(play(definition, steps, answers));
    prop_assert!(broken.is_empty(), "{broken:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn b09_any_interleaving_keeps_the_promises_of_the_cache(
        steps in proptest::collection::vec(step(), 1..60),
        answers in proptest::collection::vec(answer(), 1..12),
    ) {
        keeps_its_promises(definition("ehr"), steps, answers)?;
    }

    #[test]
    fn b09_any_interleaving_shows_no_refresh_token_that_was_used_up(
        steps in proptest::collection::vec(step(), 1..60),
        answers in proptest::collection::vec(answer(), 1..12),
    ) {
        keeps_its_promises(user("anna"), steps, answers)?;
    }

    #[test]
    fn b19_any_interleaving_of_subjects_keeps_the_promises_for_each(
        steps in proptest::collection::vec(step(), 1..60),
        answers in proptest::collection::vec(answer(), 1..12),
    ) {
        keeps_its_promises(exchanging(Exchange::default()), steps, answers)?;
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_rejected_while_others_wake_up_is_not_handed_to_them() {
    let house = house(|n| token(n, 3600).after(seconds(0.1)));
    let rejecting = async {
        let token = house.token().await.unwrap();
        house.source.reject(&token);
        token.generation()
    };
    let (rejected, other) = futures::future::join(rejecting, house.token()).await;
    assert_ne!(other.unwrap().generation(), rejected);
}
