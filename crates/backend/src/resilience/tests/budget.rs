//! Shares are exact.

use std::time::Duration;

use tokio::time::advance;

use super::Budget;

/// How many of `calls` are followed by a request that is paid for.
fn repeated(budget: &Budget, calls: usize) -> usize {
    let call = |_: &usize| {
        budget.deposit();
        budget.withdraw()
    };
    (0..calls).filter(call).count()
}

#[tokio::test(start_paused = true)]
async fn each_percent_is_so_many_of_a_hundred_and_never_more_on_the_way() {
    for percent in 1..=100 {
        let budget = Budget::new(percent, 0);
        let mut all = 0;
        for calls in 1..=200 {
            all += repeated(&budget, 1);
            let share = calls * usize::from(percent) / 100;
            assert_eq!(all, share, "{percent} % of {calls}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn more_than_one_for_each_call_is_a_share_too() {
    let budget = Budget::new(250, 0);
    for _ in 0..10 {
        budget.deposit();
    }
    let sent = (0..100).filter(|_| budget.withdraw()).count();
    assert_eq!(sent, 25);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_nothing_and_a_few_each_second() {
    assert_eq!(repeated(&Budget::new(0, 0), 100), 0);
    assert_eq!(repeated(&Budget::new(0, 3), 100), 30);
    assert_eq!(repeated(&Budget::new(10, 1), 100), 20);
}

#[tokio::test(start_paused = true)]
async fn calls_and_requests_are_forgotten_after_ten_seconds() {
    let budget = Budget::new(50, 0);
    for _ in 0..10 {
        budget.deposit();
    }
    advance(Duration::from_millis(9_999)).await;
    assert!(budget.withdraw());
    advance(Duration::from_millis(1)).await;
    assert!(!budget.withdraw(), "the calls are forgotten");
    // The request is not: it is more than what no call has paid for.
    assert_eq!(repeated(&budget, 4), 1);
    advance(Duration::from_secs(10)).await;
    assert_eq!(repeated(&budget, 2), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_paid_back() {
    let budget = Budget::new(100, 0);
    budget.deposit();
    for _ in 0..3 {
        assert!(budget.withdraw());
        assert!(!budget.withdraw());
        budget.refund();
    }
}
