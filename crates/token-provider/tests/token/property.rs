//! Whatever happens in whatever order: one fetch at a time, no rejected token again, nobody late.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use token_provider::{Token, TransportError};
use tokio::runtime::Builder;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::Instant;

use crate::support::{Reply, broken, house, hung, pass, reply, seconds, token};

#[derive(Clone, Debug)]
enum Step {
    /// A caller with this much time.
    Ask { milliseconds: u64 },
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
    Fail { after: u64 },
    Break,
    Hang,
}

impl Answer {
    fn reply(self, number: usize) -> Reply {
        let milliseconds = Duration::from_millis;
        match self {
            Self::Token { life, after } => token(number, life).after(milliseconds(after)),
            Self::Refuse => reply(401, r#"{"error":"invalid_client"}"#),
            Self::Fail { after } => reply(503, "").after(milliseconds(after)),
            Self::Break => broken(TransportError::Interrupted),
            Self::Hang => hung(),
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u64..4_000).prop_map(|milliseconds| Step::Ask { milliseconds }),
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
    broken: Vec<String>,
}

async fn play(steps: Vec<Step>, answers: Vec<Answer>) -> Vec<String> {
    let house = house(move |n| answers[(n - 1) % answers.len()].reply(n));
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let mut callers: Vec<JoinHandle<()>> = Vec::new();
    for step in steps {
        match step {
            Step::Ask { milliseconds } => {
                let (source, ledger) = (house.source.clone(), Arc::clone(&ledger));
                callers.push(tokio::spawn(async move {
                    let deadline = Instant::now() + Duration::from_millis(milliseconds);
                    let result = source.token(deadline).await;
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
    let state = house.source.state();
    let mut ledger = ledger.lock().unwrap();
    if state.fetching {
        ledger.broken.push("a fetch never ended".into());
    }
    if house.server.most_in_flight() > 1 {
        ledger.broken.push("two fetches were in flight".into());
    }
    std::mem::take(&mut ledger.broken)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn b09_any_interleaving_keeps_the_promises_of_the_cache(
        steps in proptest::collection::vec(step(), 1..60),
        answers in proptest::collection::vec(answer(), 1..12),
    ) {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let broken = runtime.block_on(play(steps, answers));
        prop_assert!(broken.is_empty(), "{broken:?}");
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
