//! The circuit breaker of one backend: closed → open → half-open → closed or open.
//!
//! On tokio's clock, over a sliding window. Its results carry the period in which the
//! call began: what began before the last change says nothing about the time since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use problem::Code;
use tokio::time::Instant;

use super::BreakerSettings;
use super::window::Window;

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Every call goes through.
    Closed,
    /// A few calls go through and decide.
    HalfOpen,
    /// No call goes through.
    Open,
}

impl BreakerState {
    /// As operators read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// What a call says about its backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeded,
    /// It failed so.
    Failed(Code),
    /// Nothing: it was cancelled, or was never sent.
    Nothing,
}

/// Lets one call through; to be handed back with its verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    period: u64,
}

pub(super) struct Breaker {
    settings: BreakerSettings,
    alias: Arc<str>,
    inner: Mutex<Inner>,
}

struct Inner {
    phase: Phase,
    /// Counts changes of the phase.
    period: u64,
    /// For the operator.
    last_failure: Option<Code>,
}

enum Phase {
    Closed(Box<Window<Counted>>),
    Open { until: Instant },
    HalfOpen { under_way: u32, succeeded: u32 },
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings, alias: Arc<str>) -> Self {
        let phase = Phase::Closed(Box::new(Window::new(settings.window)));
        Self {
            settings,
            alias,
            inner: Mutex::new(Inner {
                phase,
                period: 0,
                last_failure: None,
            }),
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.lock().phase {
            Phase::Closed(_) => BreakerState::Closed,
            Phase::Open { until } if Instant::now() < until => BreakerState::Open,
            // The next call finds it so.
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Lets a call through, or says when to ask again.
    pub(super) fn enter(&self) -> Result<Pass, Duration> {
        let mut inner = self.lock();
        if let Phase::Open { until } = inner.phase {
            let left = until.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                return Err(left);
            }
            inner.change(Phase::HalfOpen {
                under_way: 0,
                succeeded: 0,
            });
        }
        if let Phase::HalfOpen {
            under_way,
            succeeded,
        } = &mut inner.phase
        {
            if *under_way + *succeeded >= self.settings.probes {
                // The probes decide soon: nobody knows how soon.
                return Err(Duration::from_secs(1));
            }
            *under_way += 1;
        }
        Ok(Pass {
            period: inner.period,
        })
    }

    /// A call that was let through has ended.
    pub(super) fn leave(&self, pass: Pass, verdict: Verdict) {
        let mut inner = self.lock();
        if pass.period != inner.period {
            return;
        }
        if let Verdict::Failed(code) = verdict {
            inner.last_failure = Some(code);
        }
        match (&mut inner.phase, verdict) {
            (Phase::Closed(window), Verdict::Succeeded | Verdict::Failed(_)) => {
                window.count(|now| now.count(verdict));
                let counted = Counted::of(window);
                if counted.is_failure(&self.settings) {
                    self.open(&mut inner, counted);
                }
            }
            (Phase::HalfOpen { succeeded, .. }, Verdict::Failed(_)) => {
                let mut counted = Counted {
                    calls: *succeeded,
                    failures: 0,
                };
                counted.count(verdict);
                self.open(&mut inner, counted);
            }
            (
                Phase::HalfOpen {
                    under_way,
                    succeeded,
                },
                _,
            ) => {
                *under_way = under_way.saturating_sub(1);
                *succeeded += u32::from(verdict == Verdict::Succeeded);
                if *succeeded >= self.settings.probes {
                    inner.change(Phase::Closed(Box::new(Window::new(self.settings.window))));
                    tracing::info!(backend = %self.alias, "a backend answers again: its circuit breaker has closed");
                }
            }
            (Phase::Closed(_), Verdict::Nothing) | (Phase::Open { .. }, _) => {}
        }
    }

    fn open(&self, inner: &mut Inner, counted: Counted) {
        inner.change(Phase::Open {
            until: Instant::now() + self.settings.open_for,
        });
        tracing::warn!(
            backend = %self.alias,
            last_failure = inner.last_failure.map(Code::as_str),
            failures = counted.failures,
            calls = counted.calls,
            "a backend is failing: its circuit breaker has opened"
        );
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn change(&mut self, phase: Phase) {
        self.phase = phase;
        self.period += 1;
    }
}

/// Calls, and those of them that failed.
#[derive(Clone, Copy, Default)]
struct Counted {
    calls: u32,
    failures: u32,
}

impl Counted {
    fn count(&mut self, verdict: Verdict) {
        self.calls = self.calls.saturating_add(1);
        let failed = matches!(verdict, Verdict::Failed(_));
        self.failures = self.failures.saturating_add(u32::from(failed));
    }

    /// All that `window` has.
    fn of(window: &Window<Self>) -> Self {
        window.recent().fold(Self::default(), |all, part| Self {
            calls: all.calls.saturating_add(part.calls),
            failures: all.failures.saturating_add(part.failures),
        })
    }

    /// Whether so many are as many as open the breaker.
    fn is_failure(self, settings: &BreakerSettings) -> bool {
        let (calls, failures) = (u64::from(self.calls), u64::from(self.failures));
        self.calls >= settings.minimum
            && failures > 0
            && failures * 100 >= calls * u64::from(settings.failure_percent)
    }
}
