//! The circuit breaker of one backend: closed → open → half-open → closed or open.
//!
//! On tokio's clock, over a sliding window of ten parts. Its results carry the period in which the
//! call began: what began before the last change says nothing about the time since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::BreakerSettings;

/// Parts of the window: it slides by one of them at a time.
const PARTS: u32 = 10;

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
    Closed(Box<Window>),
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
                window.count(verdict == Verdict::Failed);
                if window.is_failing(&self.settings) {
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

/// Calls and failures of the latest time.
struct Window {
    born: Instant,
    part: Duration,
    parts: [Part; PARTS as usize],
}

#[derive(Clone, Copy, Default)]
struct Part {
    /// Which part of the time since `born` is counted here.
    number: u128,
    calls: u32,
    failures: u32,
}

impl Window {
    fn new(window: Duration) -> Self {
        Self {
            born: Instant::now(),
            part: (window / PARTS).max(Duration::from_nanos(1)),
            parts: [Part::default(); PARTS as usize],
        }
    }

    /// The number of the part that is now.
    fn now(&self) -> u128 {
        self.born.elapsed().as_nanos() / self.part.as_nanos()
    }

    fn count(&mut self, failed: bool) {
        let number = self.now();
        let index = usize::try_from(number % u128::from(PARTS)).unwrap_or_default();
        if let Some(part) = self.parts.get_mut(index) {
            if part.number != number {
                *part = Part {
                    number,
                    ..Part::default()
                };
            }
            part.calls = part.calls.saturating_add(1);
            part.failures = part.failures.saturating_add(u32::from(failed));
        }
    }

    fn is_failing(&self, settings: &BreakerSettings) -> bool {
        let now = self.now();
        let recent = |part: &&Part| now - part.number.min(now) < u128::from(PARTS);
        let (mut calls, mut failures) = (0_u64, 0_u64);
        for part in self.parts.iter().filter(recent) {
            calls += u64::from(part.calls);
            failures += u64::from(part.failures);
        }
        calls >= u64::from(settings.minimum)
            && failures > 0
            && failures * 100 >= calls * u64::from(settings.failure_percent)
    }
}
