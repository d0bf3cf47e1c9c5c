#![expect(clippy::unwrap_used, reason = "tests")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use config::{Limits, RateLimit};
use tokio::time::advance;

use super::{Admitted, Excess, Limit, Owner, Remaining};

fn limit(rate: Option<(u64, u32)>, in_flight: Option<u32>) -> Arc<Limit> {
    let rate = rate.map(|(every, burst)| RateLimit {
        every: Duration::from_millis(every),
        burst: NonZeroU32::new(burst).unwrap(),
    });
    Arc::new(Limit::new(Owner::Service, Limits { rate, in_flight }))
}

impl Limit {
    fn admit(self: &Arc<Self>) -> Result<(Admitted, Option<Remaining>), Excess> {
        let admitted = self.enter()?;
        let quota = admitted.charge()?;
        Ok((admitted, quota))
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_taken_and_then_one_for_each_interval() {
    let limit = limit(Some((100, 3)), None);
    for left in [2, 1, 0] {
        let (_, quota) = limit.admit().ok().unwrap();
        let quota = quota.unwrap();
        assert_eq!((quota.burst, quota.left), (3, left));
        assert_eq!(quota.window, Duration::from_millis(300));
        assert_eq!(
            quota.whole_in,
            Duration::from_millis(u64::from(3 - left) * 100)
        );
    }
    let Err(Excess::Rate(wait, quota)) = limit.admit() else {
        unreachable!()
    };
    assert_eq!((wait, quota.left), (Duration::from_millis(100), 0));
    advance(Duration::from_millis(99)).await;
    assert!(limit.admit().is_err());
    advance(Duration::from_millis(1)).await;
    assert!(limit.admit().is_ok());
    assert!(limit.admit().is_err());
    advance(Duration::from_hours(1)).await;
    let taken = (0..10).filter(|_| limit.admit().is_ok()).count();
    assert_eq!(taken, 3, "a pause saves up no more than a burst");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_counts_until_it_ends_and_what_is_refused_costs_no_rate() {
    let limit = limit(Some((1000, 3)), Some(1));
    let first = limit.admit().ok().unwrap();
    assert_eq!(limit.enter().err(), Some(Excess::InFlight));
    drop(first);
    drop(limit.admit().ok().unwrap());
    let (third, quota) = limit.admit().ok().unwrap();
    assert_eq!(quota.unwrap().left, 0, "two were refused for their number");
    drop(third);
    assert!(matches!(limit.admit(), Err(Excess::Rate(..))));
    advance(Duration::from_secs(1)).await;
    assert!(
        limit.admit().is_ok(),
        "what the rate refused is not under way"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_not_charged_takes_nothing_and_what_is_spent_is_refused_at_the_door() {
    let limit = limit(Some((1000, 1)), None);
    for _ in 0..5 {
        drop(limit.enter().ok().unwrap());
    }
    let (first, second) = (limit.enter().ok().unwrap(), limit.enter().ok().unwrap());
    assert!(first.charge().is_ok(), "nothing was taken before");
    assert!(matches!(second.charge(), Err(Excess::Rate(..))));
    advance(Duration::from_millis(400)).await;
    let Err(Excess::Rate(wait, quota)) = limit.enter() else {
        unreachable!()
    };
    assert_eq!((wait, quota.left), (Duration::from_millis(600), 0));
    advance(Duration::from_millis(600)).await;
    assert!(limit.admit().is_ok());
}
