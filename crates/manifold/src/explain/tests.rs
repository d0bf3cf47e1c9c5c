use std::borrow::Cow;
use std::time::Duration;

use config::Access;

use super::{ANY_CLIENT, Wish, milliseconds};

#[test]
fn a_public_endpoint_s_client_has_no_wish_and_its_query_stays_as_it_is() {
    let mut query = Cow::Borrowed("a=1&explain=true");
    assert_eq!(Wish::take(&[], None, &mut query), Ok(Wish::Nothing));
    assert_eq!(query, "a=1&explain=true");
}

#[test]
fn who_asks_for_an_explanation_of_what_is_open_says_who_they_are() {
    let scoped = Access::Scopes(vec!["read".to_owned()]);
    for (query, expected) in [
        (None, &Access::Public),
        (Some("a=1"), &Access::Public),
        (Some("explain=false"), &Access::Public),
        (Some("explain=false&explain=true"), &Access::Public),
        (Some("explained=true"), &Access::Public),
        (Some("a=1&explain=true"), &ANY_CLIENT),
    ] {
        assert_eq!(Wish::access(&Access::Public, query), expected, "{query:?}");
        assert_eq!(Wish::access(&scoped, query), &scoped, "{query:?}");
    }
}

#[test]
fn times_are_told_to_a_tenth_of_a_millisecond() {
    for (nanoseconds, told) in [(0, "0"), (49_999, "0"), (50_001, "0.1"), (1_234_567, "1.2")] {
        let time = milliseconds(Duration::from_nanos(nanoseconds));
        assert_eq!(time.to_string(), told);
    }
}
