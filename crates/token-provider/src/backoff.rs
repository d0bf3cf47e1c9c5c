//! How long to leave an authorization server alone after it failed. Numbers only.

use std::time::Duration;

use crate::error::TokenError;

/// A configuration fault is asked about again after 30 to 60 s: mending it takes a human.
const CONFIGURATION: Duration = Duration::from_secs(30);
/// An account that may be locked by failures is asked about after this long, doubled each time: a
/// directory that locks after three failures within half an hour sees two.
pub(crate) const ACCOUNT: Duration = Duration::from_mins(10);
const LONGEST_ACCOUNT: Duration = Duration::from_hours(1);
/// Transient faults start here and double.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);
/// A server that asks for a longer pause than this is asked again all the same.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);
/// No fetch for this long after a replacement token was rejected too.
pub(crate) const AFTER_SECOND_REJECTION: Duration = Duration::from_secs(5);
/// The pause before the second attempt of one flight; doubles.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);

/// How long to wait after the `failures`th failed flight in a row (from 1).
pub(crate) fn after_failure(
    error: &TokenError,
    retry_after: Option<Duration>,
    failures: u32,
) -> Duration {
    if matches!(
        error,
        TokenError::Rejected { .. }
            | TokenError::Redirected { .. }
            | TokenError::Discovery { .. }
            | TokenError::Signing
    ) {
        return CONFIGURATION + random_up_to(CONFIGURATION);
    }
    let exponential = doubled(FIRST, failures).min(LONGEST);
    // Between half and the whole, so that replicas do not come back together.
    let jittered = exponential / 2 + random_up_to(exponential / 2);
    let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    jittered.max(asked + random_up_to(asked / 10))
}

/// How long to wait after the `failures`th flight in a row (from 1) that failed at the expense of an
/// account or of a session, which more failures may end.
pub(crate) fn after_account_failure(failures: u32) -> Duration {
    let pause = doubled(ACCOUNT, failures).min(LONGEST_ACCOUNT);
    pause + random_up_to(pause / 10)
}

/// How long one flight waits after its `attempt`th attempt (from 1).
pub(crate) fn between_attempts(attempt: u32) -> Duration {
    let pause = doubled(BETWEEN_ATTEMPTS, attempt);
    pause / 2 + random_up_to(pause / 2)
}

/// A random duration from zero to `most`.
pub(crate) fn random_up_to(most: Duration) -> Duration {
    most.mul_f64(fastrand::f64())
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(times.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Unavailability;
    use network::ConnectionFault;

    use crate::transport::TransportError;
    use http::StatusCode;

    const TRIES: usize = 200;

    fn unavailable() -> TokenError {
        TokenError::Unavailable {
            cause: Unavailability::Transport(TransportError::Connection(ConnectionFault::Other)),
            retry_after: None,
        }
    }

    fn seconds(error: &TokenError, retry_after: Option<u64>, failures: u32) -> (f64, f64) {
        let retry_after = retry_after.map(Duration::from_secs);
        let all = (0..TRIES).map(|_| after_failure(error, retry_after, failures).as_secs_f64());
        all.fold((f64::MAX, 0.0), |(least, most), value| {
            (value.min(least), value.max(most))
        })
    }

    fn assert_within(found: (f64, f64), least: f64, most: f64) {
        let width = most - least;
        assert!(
            found.0 >= least && found.1 <= most,
            "{found:?} not within {least}..{most}"
        );
        assert!(
            found.0 < least + width / 4.0 && found.1 > most - width / 4.0,
            "{found:?} is not spread"
        );
    }

    #[test]
    fn a_configuration_fault_is_left_alone_for_30_to_60_s() {
        let rejected = TokenError::Rejected {
            status: StatusCode::UNAUTHORIZED,
            server_code: None,
        };
        let redirected = TokenError::Redirected {
            status: StatusCode::FOUND,
            host: None,
        };
        for error in [rejected, redirected] {
            assert_within(seconds(&error, None, 1), 30.0, 60.0);
            assert_within(seconds(&error, None, 9), 30.0, 60.0);
        }
    }

    #[test]
    fn a_transient_fault_doubles_up_to_a_minute_with_jitter() {
        for (failures, most) in [
            (1, 1.0),
            (2, 2.0),
            (3, 4.0),
            (6, 32.0),
            (7, 60.0),
            (40, 60.0),
            (u32::MAX, 60.0),
        ] {
            assert_within(seconds(&unavailable(), None, failures), most / 2.0, most);
        }
    }

    #[test]
    fn retry_after_is_honoured_up_to_five_minutes() {
        assert_within(seconds(&unavailable(), Some(20), 1), 20.0, 22.0);
        assert_within(seconds(&unavailable(), Some(86_400), 1), 300.0, 330.0);
        assert_within(seconds(&unavailable(), Some(0), 1), 0.5, 1.0);
    }

    #[test]
    fn the_attempts_of_one_flight_are_a_fraction_of_a_second_apart() {
        for (attempt, most) in [(1, 100), (2, 200)] {
            for _ in 0..TRIES {
                let pause = between_attempts(attempt).as_millis();
                assert!(pause >= most / 2 && pause <= most);
            }
        }
    }

    #[test]
    fn b10_an_account_is_asked_about_after_ten_minutes_and_never_more_than_every_hour() {
        for (failures, least, most) in [
            (1, 600.0, 660.0),
            (2, 1200.0, 1320.0),
            (3, 2400.0, 2640.0),
            (4, 3600.0, 3960.0),
            (u32::MAX, 3600.0, 3960.0),
        ] {
            for _ in 0..TRIES {
                let pause = after_account_failure(failures).as_secs_f64();
                assert!(pause >= least && pause <= most, "{failures} {pause}");
            }
        }
    }
}
