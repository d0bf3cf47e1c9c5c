use std::borrow::Cow;
use std::time::Duration;

use super::{Wish, milliseconds};

#[test]
fn a_public_endpoint_s_client_has_no_wish_and_its_query_stays_as_it_is() {
    let mut query = Cow::Borrowed("a=1&explain=true");
    assert_eq!(Wish::take(&[], None, &mut query), Ok(Wish::Nothing));
    assert_eq!(query, "a=1&explain=true");
}

#[test]
fn times_are_told_to_a_tenth_of_a_millisecond() {
    for (nanoseconds, told) in [(0, "0"), (49_999, "0"), (50_001, "0.1"), (1_234_567, "1.2")] {
        let time = milliseconds(Duration::from_nanos(nanoseconds));
        assert_eq!(time.to_string(), told);
    }
}
