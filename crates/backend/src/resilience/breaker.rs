//! The circuit breaker of one backend: closed → open → half-open → closed or open.
//!
//! On tokio's clock, over a sliding window. Its results carry the period in which the
//! call began: what began before the last change says nothing about the time since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
    Failed,
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
            inner: Mutex::new(Inner { phase, period: 0 }),
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
        match (&mut inner.phase, verdict) {
            (Phase::Closed(window), Verdict::Succeeded | Verdict::Failed) => {
                window.count(|now| now.count(verdict == Verdict::Failed));
                if is_failing(window, &self.settings) {
                    self.open(&mut inner);
                }
            }
            (Phase::HalfOpen { .. }, Verdict::Failed) => self.open(&mut inner),
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

    fn open(&self, inner: &mut Inner) {
        inner.change(Phase::Open {
            until: Instant::now() + self.settings.open_for,
        });
        tracing::warn!(backend = %self.alias, "a backend is failing: its circuit breaker has opened");
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

/// What was counted in one part of the window.
#[derive(Clone, Copy, Default)]
struct Counted {
    calls: u32,
    failures: u32,
}

impl Counted {
    fn count(&mut self, failed: bool) {
        self.calls = self.calls.saturating_add(1);
        self.failures = self.failures.saturating_add(u32::from(failed));
    }
}

fn is_failing(window: &Window<Counted>, settings: &BreakerSettings) -> bool {
    let (mut calls, mut failures) = (0_u64, 0_u64);
    for part in window.recent() {
        calls += u64::from(part.calls);
        failures += u64::from(part.failures);
    }
    calls >= u64::from(settings.minimum)
        && failures > 0
        && failures * 100 >= calls * u64::from(settings.failure_percent)
}
