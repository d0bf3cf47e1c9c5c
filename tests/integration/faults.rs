//! The fault matrix: every fault of the test kit on every kind of call, with and without a token at
//! hand, and on the authorization server. Each answer has its status and code, comes within the
//! budget and shows nothing that it must not. What it costs in memory is measured where the service is
//! a process of its own: `tests/binary/memory.rs`.

mod expected;
mod leaks;

use std::time::Duration;

use futures::StreamExt;
use testkit::{DemoStub, Fault};
use tokio::time::Instant;

use self::expected::{Ending, of_backend, of_token_server};

use crate::support::{Answer, BACKENDS, World, traces};

const ENDPOINTS: &str = r#"
documents: { access: public }
endpoints:
  - get: /required/labs/{id}/{number}
    access: { scopes: [read] }
    patient: "{id}"
    budget: 800ms
    calls: { call: { backend: labs, get: "/results/{number}" } }
  - get: /optional/labs/{id}/{number}
    access: { scopes: [read] }
    patient: "{id}"
    budget: 800ms
    calls: { call: { backend: labs, get: "/results/{number}", need: optional } }
  - get: /required/ehr/{id}/{number}
    access: { scopes: [read] }
    patient: "{id}"
    budget: 800ms
    calls: { call: { backend: ehr, read: "Patient/{id}" } }
  - get: /optional/ehr/{id}/{number}
    access: { scopes: [read] }
    patient: "{id}"
    budget: 800ms
    calls: { call: { backend: ehr, search: Observation, query: { patient: "{id}" }, need: optional } }
"#;

const BUDGET: Duration = Duration::from_millis(800);
/// What a machine that is busy with other tests may add. A call that nothing bounds takes ten seconds
/// and more; the instant itself is tested where time is paused.
const SLACK: Duration = Duration::from_secs(4);
/// Cases that run at the same time.
const AT_ONCE: usize = 12;

/// One cell of the matrix.
#[derive(Clone, Copy, Debug)]
struct Case {
    fault: Fault,
    /// Where the fault is.
    stub: DemoStub,
    /// Who is called.
    backend: &'static str,
    need: &'static str,
    /// Whether a token is cached already.
    warm: bool,
}

impl Case {
    fn target(self) -> String {
        format!("/{}/{}/pat-001/LAB-500001", self.need, self.backend)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a24_a25_every_fault_of_a_backend_has_its_code_and_leaks_nothing() {
    let mut cases = Vec::new();
    for fault in Fault::ALL {
        for (stub, backend) in [(DemoStub::Labs, "labs"), (DemoStub::Ehr, "ehr")] {
            for need in ["required", "optional"] {
                let case = |warm| Case {
                    fault,
                    stub,
                    backend,
                    need,
                    warm,
                };
                cases.extend([case(false), case(true)]);
            }
        }
    }
    check(cases, |case| {
        of_backend(case.fault, case.backend, case.need)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a22_every_fault_of_the_authorization_server_has_its_code_and_leaks_nothing() {
    let stub = DemoStub::AuthorizationServer;
    let mut cases = Vec::new();
    for fault in Fault::ALL {
        for need in ["required", "optional"] {
            let case = |warm| Case {
                fault,
                stub,
                backend: "labs",
                need,
                warm,
            };
            cases.extend([case(false), case(true)]);
        }
    }
    check(cases, |case| {
        if case.warm {
            Ending::Ok
        } else {
            of_token_server(case.fault)
        }
    })
    .await;
}

/// Runs the cases and compares them, all of them, so that one look shows what is wrong.
async fn check(cases: Vec<Case>, expected: impl Fn(Case) -> Ending) {
    let count = cases.len();
    // Each on a thread of its own: what one does without waiting must not count as another's time.
    let on_its_own = |case| {
        tokio::task::spawn_blocking(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().unwrap();
            (case, runtime.block_on(run(case)))
        })
    };
    let mut running = futures::stream::iter(cases)
        .map(on_its_own)
        .buffered(AT_ONCE);
    let mut wrong = Vec::new();
    while let Some(ran) = running.next().await {
        let (case, (answer, took)) = ran.unwrap();
        let wanted = expected(case);
        tell(case, &answer, took);
        if !wanted.fits(&answer, case.need) {
            wrong.push(format!(
                "{case:?}: expected {wanted:?}, got {} {}",
                answer.status,
                answer.text()
            ));
        }
        if took > BUDGET + SLACK {
            wrong.push(format!("{case:?}: late, {took:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

async fn run(case: Case) -> (Answer, Duration) {
    let traced_before = traces().len();
    let world = World::with_stubs("{}", &format!("{BACKENDS}{ENDPOINTS}"));
    let target = case.target();
    let ask = || world.service.get(&target);
    if case.warm {
        // The very first request may be slow on a busy machine: the token is kept all the same.
        ask().await;
    }
    world
        .server(case.stub)
        .fault(Some(case.fault))
        .await
        .unwrap();
    let began = Instant::now();
    let answer = ask().await;
    let took = began.elapsed();
    leaks::assert_none(&world, &answer, traced_before, &format!("{case:?}")).await;
    (answer, took)
}

/// One line of the matrix.
#[expect(
    clippy::print_stderr,
    reason = "the matrix is a table to read: `cargo test -- --nocapture`"
)]
fn tell(case: Case, answer: &Answer, took: Duration) {
    let code = expected::code(answer);
    let token = if case.warm { "warm" } else { "cold" };
    let Case {
        fault, stub, need, ..
    } = case;
    let status = answer.status;
    let millis = took.as_millis();
    eprintln!("{stub:<21} {fault:<19} {need:<9} {token}  {status} {code:<26} {millis:>5} ms");
}
