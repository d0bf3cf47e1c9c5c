//! The typed check of a FHIR backend's answers, off the worker threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fhir_check::{Finding, Release};
use json::CheckedJson;
use orchestration::Failure;
use problem::Code;
use tokio::sync::Semaphore;
use tokio::task::JoinError;
use tokio::time::Instant;

use crate::{CheckResult, Observer};

/// What the typed check does with an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// Nothing is checked.
    #[default]
    Off,
    /// Findings go to the log, a metric and the backend's state; the answer passes and does not
    /// wait for its check.
    Report,
    /// A finding fails the call. So does a call's end before its check's: what was read of a search
    /// by then is not kept, since nobody has looked at it.
    Refuse,
}

/// Most bytes of one backend's answers that are held for checks that no answer waits for, in KiB.
const HELD_KIB: usize = 64 * 1024;

/// What checks of one backend have found so far: for the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckState {
    /// Answers that passed.
    pub passed: u64,
    /// Answers in which something was found.
    pub found: u64,
    /// Answers that were let through unchecked, since too many waited for their check.
    pub not_checked: u64,
    /// The latest finding: class of fault, element and entry index, no value.
    pub latest: Option<Finding>,
}

/// The check of one backend.
pub(crate) struct Inspector {
    alias: Arc<str>,
    state: Mutex<CheckState>,
    told: Mutex<Told>,
    /// One permit for each check that may run at once.
    running: Arc<Semaphore>,
    /// One permit for each KiB that may wait for its check.
    held: Arc<Semaphore>,
    observer: Arc<dyn Observer>,
}

impl Inspector {
    pub(crate) fn new(alias: Arc<str>, observer: Arc<dyn Observer>) -> Arc<Self> {
        Arc::new(Self {
            alias,
            state: Mutex::default(),
            told: Mutex::default(),
            running: Arc::new(Semaphore::new(
                std::thread::available_parallelism().map_or(1, usize::from),
            )),
            held: Arc::new(Semaphore::new(HELD_KIB)),
            observer,
        })
    }

    pub(crate) fn state(&self) -> CheckState {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Checks one answer as `check` says.
    ///
    /// # Errors
    /// With [`Check::Refuse`], the first finding as a failure.
    pub(crate) async fn inspect(
        self: &Arc<Self>,
        check: Check,
        body: &CheckedJson,
        is_bundle: bool,
    ) -> Result<(), Failure> {
        match check {
            Check::Off => Ok(()),
            Check::Report => {
                self.report(body.clone(), is_bundle);
                Ok(())
            }
            Check::Refuse => {
                let Ok(finding) = self.find(body.clone(), is_bundle).await else {
                    return Err(Failure::new(
                        Code::Internal,
                        "the typed check ended by a defect of the service",
                    ));
                };
                self.note(finding.as_ref());
                finding.map_or(Ok(()), |finding| {
                    Err(Failure::new(Code::UpstreamCheck, finding.to_string()))
                })
            }
        }
    }

    fn report(self: &Arc<Self>, body: CheckedJson, is_bundle: bool) {
        let size = u32::try_from(body.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(held) = Arc::clone(&self.held).try_acquire_many_owned(size) else {
            self.state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .not_checked += 1;
            self.observer.checked(&self.alias, CheckResult::NotChecked);
            return;
        };
        let inspector = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(finding) = inspector.find(body, is_bundle).await {
                inspector.note(finding.as_ref());
            }
            drop(held);
        });
    }

    /// Runs one check on the blocking pool, when it is its turn.
    async fn find(&self, body: CheckedJson, is_bundle: bool) -> Result<Option<Finding>, JoinError> {
        // The semaphore is never closed.
        let turn = Arc::clone(&self.running).acquire_owned().await.ok();
        tokio::task::spawn_blocking(move || {
            // The check goes on when nobody waits for it any more, and so must its turn.
            let _turn = turn;
            first_finding(&body, is_bundle)
        })
        .await
    }

    fn note(&self, finding: Option<&Finding>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(finding) = finding else {
            state.passed += 1;
            drop(state);
            self.observer.checked(&self.alias, CheckResult::Passed);
            return;
        };
        state.found += 1;
        state.latest = Some(finding.clone());
        drop(state);
        self.observer
            .checked(&self.alias, CheckResult::Found(finding.class.as_str()));
        let class = finding.class.as_str();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(findings) = told.is_news(class) else {
            return;
        };
        drop(told);
        tracing::warn!(
            backend = %self.alias,
            class,
            element = finding.element.as_deref(),
            entry = finding.entry,
            findings,
            "a FHIR answer has not the shape of its type"
        );
    }
}

/// How often the log tells of one class of finding of one backend.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// When the log last told of each class, and the findings since then.
#[derive(Default)]
struct Told(Vec<(&'static str, Instant, u64)>);

impl Told {
    /// How many findings of this class there are to tell of, this one included; `None`: it was told
    /// of lately. A backend that is wrong is wrong in every answer.
    fn is_news(&mut self, class: &'static str) -> Option<u64> {
        let now = Instant::now();
        let known = self.0.iter_mut().find(|(known, ..)| *known == class);
        let Some((_, last, findings)) = known else {
            self.0.push((class, now, 0));
            return Some(1);
        };
        *findings += 1;
        if now < *last + TOLD_EVERY {
            return None;
        }
        *last = now;
        Some(std::mem::take(findings))
    }
}

/// The first fault of a resource, or of the first faulty entry of a Bundle. Blocking.
fn first_finding(body: &CheckedJson, is_bundle: bool) -> Option<Finding> {
    if !is_bundle {
        return fhir_check::check(Release::R4, &body.bytes()).err();
    }
    let entries = body.member("entry")?;
    entries.elements().enumerate().find_map(|(index, entry)| {
        let resource = entry.member("resource")?;
        fhir_check::check(Release::R4, &resource.bytes())
            .err()
            .map(|finding| finding.at_entry(index))
    })
}

#[cfg(test)]
mod tests;
