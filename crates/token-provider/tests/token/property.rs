//! Whatever happens in whatever order, in one process and in two that share a store: one fetch at a
//! time, no rejected token again, nobody late, no refresh token twice, nothing to a foreign origin.

mod stage;

use std::time::Duration;

use proptest::prelude::*;
use token_provider::{ConnectionFault, Definition, DiscoveryKind, Exchange, TransportError};
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::Instant;

use crate::discovery::discovering;
use crate::exchange::exchanging;
use crate::password::user;
use crate::shelf::Mood;
use crate::support::{Reply, broken, definition, house, hung, pass, reply, seconds, token};
use stage::Stage;

#[derive(Clone, Debug)]
enum Step {
    /// A caller with this much time, in one of the processes, for one of a few subjects where there
    /// are any.
    Ask {
        milliseconds: u64,
        subject: u8,
        process: usize,
    },
    /// One of the callers under way goes.
    Leave { which: usize },
    /// A backend rejects one of the tokens handed out so far.
    Reject { which: usize },
    /// Time passes.
    Pass { milliseconds: u64 },
    /// The machine of one of the processes was suspended.
    Suspend { seconds: u64, process: usize },
    /// The shared store changes its mood.
    Store(Mood),
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Token {
        life: i64,
        after: u64,
    },
    Refuse,
    RefuseGrant,
    Busy {
        after: u64,
    },
    Fail {
        after: u64,
    },
    Unreachable,
    Break,
    Hang,
    /// To another host; of metadata: the token endpoint has moved there.
    Elsewhere,
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
            Self::Unreachable => broken(TransportError::Connection(ConnectionFault::Other)),
            Self::Fail { after } => reply(500, "").after(milliseconds(after)),
            Self::Break => broken(TransportError::Interrupted),
            Self::Hang => hung(),
            Self::Elsewhere => {
                reply(302, "").header("location", "https://elsewhere.example/token")
            }
        }
    }

    /// The authorization server's metadata. The first ones are those of an honest server.
    fn metadata(self, first: bool) -> Reply {
        let host = match self {
            Self::Elsewhere if !first => "elsewhere.example",
            _ => "sso.example",
        };
        reply(
            200,
            format!(
                r#"{{"issuer":"https://sso.example","token_endpoint":"https://{host}/token"}}"#
            ),
        )
    }

    /// Whether a refresh token that came with the request is used up by it.
    fn acts(self) -> bool {
        !matches!(
            self,
            Self::Refuse | Self::Busy { .. } | Self::Unreachable | Self::Elsewhere
        )
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u64..4_000, 0_u8..3, 0_usize..2).prop_map(|(milliseconds, subject, process)| Step::Ask { milliseconds, subject, process }),
        1 => any::<usize>().prop_map(|which| Step::Leave { which }),
        2 => any::<usize>().prop_map(|which| Step::Reject { which }),
        3 => prop_oneof![0_u64..50, 50_u64..3_000, 3_000_u64..90_000].prop_map(|milliseconds| Step::Pass { milliseconds }),
        1 => (1_u64..400, 0_usize..2).prop_map(|(seconds, process)| Step::Suspend { seconds, process }),
    ]
}

fn step_beside_a_store() -> impl Strategy<Value = Step> {
    let mood = prop_oneof![
        3 => Just(Mood::Fine),
        1 => Just(Mood::Down),
        1 => Just(Mood::Hung),
        1 => Just(Mood::Deaf),
    ];
    prop_oneof![8 => step(), 1 => mood.prop_map(Step::Store)]
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
        1 => Just(Answer::Elsewhere),
    ]
}

async fn play(mut stage: Stage, steps: Vec<Step>) -> Vec<&'static str> {
    let mut callers: Vec<JoinHandle<()>> = Vec::new();
    for step in steps {
        match step {
            Step::Ask {
                milliseconds,
                subject,
                process,
            } => {
                let deadline = Instant::now() + Duration::from_millis(milliseconds);
                callers.push(stage.ask(deadline, subject, process));
                yield_now().await;
            }
            Step::Leave { which } if !callers.is_empty() => {
                let caller = callers.swap_remove(which % callers.len());
                caller.abort();
            }
            Step::Leave { .. } => {}
            Step::Reject { which } => stage.reject(which),
            Step::Pass { milliseconds } => {
                pass(Duration::from_millis(milliseconds).as_secs_f64()).await;
            }
            Step::Suspend { seconds, process } => {
                let clock = &stage.clocks[process % stage.clocks.len()];
                clock.forward(Duration::from_secs(seconds));
            }
            Step::Store(mood) => stage.store_feels(mood),
        }
    }
    for caller in callers {
        if caller.await.is_err() {
            stage
                .ledger
                .lock()
                .unwrap()
                .broken
                .push("a caller panicked");
        }
    }
    // Whatever happened, the cache is not stuck.
    pass(400.0).await;
    stage.broken()
}

fn keeps_its_promises(
    definition: &Definition,
    shares: bool,
    steps: Vec<Step>,
    answers: &[Answer],
) -> Result<(), TestCaseError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let broken = runtime.block_on(async {
        let stage = Stage::new(definition, shares, answers);
        play(stage, steps).await
    });
    prop_assert!(broken.is_empty(), "{broken:?}");
    Ok(())
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    proptest::collection::vec(answer(), 1..12)
}

fn alone() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..60)
}

fn beside_a_store() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step_beside_a_store(), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn b09_any_interleaving_keeps_the_promises_of_the_cache(steps in alone(), answers in answers()) {
        keeps_its_promises(&definition("ehr"), false, steps, &answers)?;
    }

    #[test]
    fn a13_any_interleaving_sends_nothing_to_where_the_endpoint_moves(steps in alone(), answers in answers()) {
        keeps_its_promises(&discovering("https://sso.example", DiscoveryKind::OpenIdProvider), false, steps, &answers)?;
    }

    #[test]
    fn b09_any_interleaving_shows_no_refresh_token_that_was_used_up(steps in alone(), answers in answers()) {
        keeps_its_promises(&user("anna"), false, steps, &answers)?;
    }

    #[test]
    fn b19_any_interleaving_of_subjects_keeps_the_promises_for_each(steps in alone(), answers in answers()) {
        keeps_its_promises(&exchanging(Exchange::default()), false, steps, &answers)?;
    }

    #[test]
    fn any_interleaving_in_two_replicas_keeps_the_promises(steps in alone(), answers in answers()) {
        keeps_its_promises(&definition("ehr"), true, steps, &answers)?;
    }

    #[test]
    fn any_interleaving_beside_a_failing_store_keeps_the_promises(steps in beside_a_store(), answers in answers()) {
        keeps_its_promises(&definition("ehr"), true, steps, &answers)?;
    }

    #[test]
    fn b09_any_interleaving_beside_a_failing_store_shows_no_refresh_token_twice(steps in beside_a_store(), answers in answers()) {
        keeps_its_promises(&user("anna"), true, steps, &answers)?;
    }

    #[test]
    fn b19_any_interleaving_of_subjects_in_two_replicas_keeps_the_promises(steps in beside_a_store(), answers in answers()) {
        keeps_its_promises(&exchanging(Exchange::default()), true, steps, &answers)?;
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
