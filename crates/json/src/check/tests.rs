//! The checker against tables and against `serde_json`, whole and cut at every byte.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod corpus;
mod oracle;

use super::*;
use FaultKind::{Empty, InvalidUtf8, Syntax, TooDeep, TooLarge, TrailingData, Truncated};

fn feed_all(text: &[u8], size: usize, limits: Limits) -> Result<CheckedJson, Fault> {
    let mut checker = Checker::new(limits);
    for chunk in text.chunks(size) {
        checker.feed(Bytes::copy_from_slice(chunk))?;
    }
    checker.finish()
}

/// The outcome, which must be the same for every size of chunk.
fn outcome(text: &[u8], limits: Limits) -> Result<Bytes, Fault> {
    let whole = feed_all(text, usize::MAX, limits).map(|value| value.bytes());
    for size in 1..=text.len().min(20) {
        let cut = feed_all(text, size, limits).map(|value| value.bytes());
        assert_eq!(cut, whole, "{} in chunks of {size}", text.escape_ascii());
    }
    whole
}

fn fault(text: &[u8]) -> Option<(FaultKind, usize)> {
    outcome(text, Limits::default())
        .err()
        .map(|fault| (fault.kind, fault.offset))
}

#[test]
fn what_the_grammar_allows_passes_byte_for_byte() {
    let table: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "1.50",
        "-0.0",
        "1E-22",
        "1e+5",
        "0e0",
        "12.5E400",
        "1.000000000000000000E-245",
        "123456789012345678901234567890",
        r#""""#,
        r#""a""#,
        r#""\"\\\/\b\f\n\r\t\u00e9\uABCD""#,
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        "\"\u{7f}é€😀\"",
        "\"a longer text than a block of eight bytes, é\"",
        "[]",
        "[ ]",
        "[\t\n\r 1 , 2 ]",
        "{}",
        "{ }",
        r#"{"a":1}"#,
        r#"{ "a" : { "b" : [ true , null , "x" ] } , "c" : -1.5e3 }"#,
        r#"{"a":1,"a":2}"#,
        r#"{"":"","\"\\":[]}"#,
        "[[],{},[{}],\"\",0]",
        "[1,2.5,-3e1,0]",
        "{\"a\":\"b\"\n ,\n \"c\" :\t\"d\"}",
    ];
    for text in table {
        assert_eq!(outcome(text.as_bytes(), Limits::default()).unwrap(), text);
        let padded = format!(" \n\t\r{text}\r\n  ");
        assert_eq!(outcome(padded.as_bytes(), Limits::default()).unwrap(), text);
    }
}

#[test]
fn what_the_grammar_forbids_is_a_fault_at_the_first_byte_that_cannot_be() {
    let table: &[(&[u8], FaultKind, usize)] = &[
        (b"", Empty, 0),
        (b" \n", Empty, 2),
        (b"\xef\xbb\xbf{}", Syntax, 0),
        (b" \xff", Syntax, 1),
        (b"{", Truncated, 1),
        (b"[1,", Truncated, 3),
        (b"[1", Truncated, 2),
        (b"{\"a\"", Truncated, 4),
        (b"{\"a\":", Truncated, 5),
        (b"{\"a\":1", Truncated, 6),
        (b"{\"a\":1,", Truncated, 7),
        (b"\"a", Truncated, 2),
        (b"\"a\\", Truncated, 3),
        (b"\"\\u00", Truncated, 5),
        (b"\"\xe2\x82", Truncated, 3),
        (b"tru", Truncated, 3),
        (b"-", Truncated, 1),
        (b"1.", Truncated, 2),
        (b"1e", Truncated, 2),
        (b"1e+", Truncated, 3),
        (b"truE", Syntax, 3),
        (b"nil", Syntax, 1),
        (b"fals\"", Syntax, 4),
        (b"NaN", Syntax, 0),
        (b"Infinity", Syntax, 0),
        (b"-Infinity", Syntax, 1),
        (b"+1", Syntax, 0),
        (b".5", Syntax, 0),
        (b"01", Syntax, 1),
        (b"-01", Syntax, 2),
        (b"[00]", Syntax, 2),
        (b"1.}", Syntax, 2),
        (b"1.e1", Syntax, 2),
        (b"1e1.5", TrailingData, 3),
        (b"1ee", Syntax, 2),
        (b"1e+-", Syntax, 3),
        (b"0x1", TrailingData, 1),
        (b"[0x1]", Syntax, 2),
        (b"[1.5.5]", Syntax, 4),
        (b"'a'", Syntax, 0),
        (b"\"\n\"", Syntax, 1),
        (b"\"\x00\"", Syntax, 1),
        (b"\"\x1f\"", Syntax, 1),
        (b"\"\\a\"", Syntax, 2),
        (b"\"\\\n\"", Syntax, 2),
        (b"\"\\u00g0\"", Syntax, 5),
        (b"\"\\u000\"", Syntax, 6),
        (b"\"\\U0000\"", Syntax, 2),
        (b"]", Syntax, 0),
        (b"[}", Syntax, 1),
        (b"{]", Syntax, 1),
        (b"[1}", Syntax, 2),
        (b"{\"a\":1]", Syntax, 6),
        (b"[,]", Syntax, 1),
        (b"[1,]", Syntax, 3),
        (b"[1 2]", Syntax, 3),
        (b"[1\x0c]", Syntax, 2),
        (b"{,}", Syntax, 1),
        (b"{\"a\":1,}", Syntax, 7),
        (b"{\"a\" 1}", Syntax, 5),
        (b"{\"a\",1}", Syntax, 4),
        (b"{\"a\":}", Syntax, 5),
        (b"{\"a\":]", Syntax, 5),
        (b"{1:1}", Syntax, 1),
        (b"{\"a\":1 \"b\":2}", Syntax, 7),
        (b"{\"a\"::1}", Syntax, 5),
        (b"[1] // comment", TrailingData, 4),
        (b"{}{}", TrailingData, 2),
        (b"1 2", TrailingData, 2),
        (b"12x", TrailingData, 2),
        (b"null\0", TrailingData, 4),
        (b"1\xff", TrailingData, 1),
        (b"-\xff", Syntax, 1),
        (b"{} \xff", TrailingData, 3),
        (b"{\xc3\xa9}", Syntax, 1),
        (b"[1\xc3\xa9]", Syntax, 2),
        (b"\"\\\xc3\xa9\"", Syntax, 2),
        (b"\"\xff\"", InvalidUtf8, 1),
        (b"\"a\xc3\"", InvalidUtf8, 2),
        (b"\"\xc0\xaf\"", InvalidUtf8, 1),
        (b"\"\xe0\x80\x80\"", InvalidUtf8, 1),
        (b"\"\xed\xa0\x80\"", InvalidUtf8, 1),
        (b"\"\xf4\x90\x80\x80\"", InvalidUtf8, 1),
        (b"{\"\xf0\x9f\x98\"", InvalidUtf8, 2),
        (b"\"\n\xff\"", Syntax, 1),
        (b"\"\xff\n\"", InvalidUtf8, 1),
    ];
    for (text, kind, offset) in table {
        assert_eq!(
            fault(text),
            Some((*kind, *offset)),
            "{}",
            text.escape_ascii()
        );
    }
}

#[test]
fn as_many_containers_as_the_limit_says_pass_and_one_more_is_the_fault() {
    for (limit, open, close) in [
        (128, "[", "]"),
        (128, r#"{"a":"#, "}"),
        (1, "[", "]"),
        (200, "[", "]"),
    ] {
        let limits = Limits {
            depth: limit,
            ..Limits::default()
        };
        let nested =
            |depth: usize| format!("{}0{}", open.repeat(depth), close.repeat(depth)).into_bytes();
        assert!(feed_all(&nested(limit), usize::MAX, limits).is_ok());
        assert!(feed_all(&nested(limit), 1, limits).is_ok());
        let fault = outcome(&nested(limit + 1), limits).unwrap_err();
        assert_eq!((fault.kind, fault.offset), (TooDeep, limit * open.len()));
    }
    let none = Limits {
        depth: 0,
        ..Limits::default()
    };
    assert!(outcome(b"1", none).is_ok());
    assert_eq!(outcome(b"[]", none).unwrap_err().kind, TooDeep);
}

#[test]
fn containers_side_by_side_do_not_add_up() {
    let text = format!("[{}[]]", "[[]],".repeat(500));
    let limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    assert!(feed_all(text.as_bytes(), 7, limits).is_ok());
}

#[test]
fn as_many_bytes_as_the_limit_says_pass_and_the_next_is_the_fault() {
    let limits = Limits {
        bytes: 6,
        ..Limits::default()
    };
    assert!(outcome(b" [1] \n", limits).is_ok());
    let fault = outcome(b" [1] \n ", limits).unwrap_err();
    assert_eq!((fault.kind, fault.offset), (TooLarge, 6));
    let earlier = outcome(b"[1}    ", limits).unwrap_err();
    assert_eq!((earlier.kind, earlier.offset), (Syntax, 2));
    let cut_character = outcome("\"1234é\"".as_bytes(), limits).unwrap_err();
    assert_eq!((cut_character.kind, cut_character.offset), (TooLarge, 6));
    let none = Limits {
        bytes: 0,
        ..Limits::default()
    };
    assert_eq!(outcome(b"1", none).unwrap_err().kind, TooLarge);
    assert_eq!(outcome(b"", none).unwrap_err().kind, Empty);
}

#[test]
fn a_fault_stays() {
    let mut checker = Checker::new(Limits::default());
    let fault = checker.feed(Bytes::from_static(b"[}")).unwrap_err();
    assert_eq!(checker.feed(Bytes::from_static(b"1]")), Err(fault));
    assert_eq!(checker.feed(Bytes::new()), Err(fault));
    assert_eq!(checker.finish().unwrap_err(), fault);
}

#[test]
fn chunks_are_kept_and_not_copied() {
    let body = Bytes::from("  [\"abcdefgh\",\"ijklmnop\"]  ".to_owned());
    let mut checker = Checker::new(Limits::default());
    checker.feed(Bytes::new()).unwrap();
    for start in (0..body.len()).step_by(10) {
        checker
            .feed(body.slice(start..body.len().min(start + 10)))
            .unwrap();
    }
    let value = checker.finish().unwrap();
    assert_eq!(value.slices().len(), 3);
    let inside = body.as_ptr_range();
    for slice in value.slices() {
        assert!(inside.contains(&slice.as_ptr()));
    }
    assert_eq!(value.bytes(), body.trim_ascii());
}

#[test]
fn whitespace_around_the_value_leaves_no_slice() {
    let mut checker = Checker::new(Limits::default());
    for chunk in ["  ", "\n", " 12", " ", "\n\n"] {
        checker.feed(Bytes::from_static(chunk.as_bytes())).unwrap();
    }
    assert_eq!(checker.finish().unwrap().slices(), ["12"]);
}

#[test]
fn a_body_sent_byte_by_byte_is_copied_together() {
    let text = format!("\"{}\"", "x".repeat(5000));
    let value = feed_all(text.as_bytes(), 1, Limits::default()).unwrap();
    assert_eq!(value.slices().len(), FREE_SLICES + 1);
    assert_eq!(value.bytes(), text);
    let kept = feed_all(text.as_bytes(), SMALL_CHUNK - 300, Limits::default()).unwrap();
    assert_eq!(kept.slices().len(), FREE_SLICES + 1);
    let text = format!("\"{}\"", "x".repeat(SMALL_CHUNK * 20 - 2));
    let kept = feed_all(text.as_bytes(), SMALL_CHUNK, Limits::default()).unwrap();
    assert_eq!(kept.slices().len(), 20);
}

#[test]
fn a_checker_shows_nothing_of_the_body() {
    let mut checker = Checker::new(Limits::default());
    checker.feed(Bytes::from_static(b"[\"Chalmers\"")).unwrap();
    let shown = format!("{checker:?}");
    assert_eq!(shown, "Checker { fed: 11, fault: None, .. }");
}
