//! What a call expects of its answer: statuses, headers, files, one version.
#![expect(clippy::unwrap_used, reason = "tests")]

use http::header::{ETAG, LOCATION};
use http::{HeaderValue, Method};
use orchestration::{Exchange, Outcome, Reading};

use crate::Dialect::Rest;
use crate::Settings;
use crate::fake::{
    Answer, FHIR, Network, Piece, answer, bytes, ended, exchange, expecting, failed, house, html,
    json, settings, text,
};

fn file(accept: &'static str) -> Exchange {
    let mut call = exchange(Method::GET, "/report");
    expecting(&mut call, |expect| {
        expect.resource = None;
        expect.reading = Reading::Opaque {
            accept: HeaderValue::from_static(accept),
            media_types: accept.split(", ").map(str::to_owned).collect(),
        };
    });
    call
}

async fn send(answer: Answer, call: Exchange) -> Outcome {
    let network = Network::new(move |_, _| answer.clone());
    house(settings(Rest), &network).send(call).await
}

#[tokio::test(start_paused = true)]
async fn listed_statuses_are_success_and_the_others_are_not() {
    for (success, status, expected) in [
        (vec![], 207, "ok"),
        (vec![200], 207, "failed"),
        (vec![200, 422], 422, "ok"),
        (vec![422], 200, "failed"),
        (vec![200, 422], 423, "failed"),
    ] {
        let mut call = exchange(Method::GET, "/a");
        expecting(&mut call, |expect| expect.success = success);
        let outcome = send(json(status, r#"{"v":1.00}"#), call).await;
        assert_eq!(ended(&outcome).0, expected, "{status}");
        assert_eq!(ended(&outcome).2, Some(status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_that_is_not_listed_says_that_a_write_may_have_been_done() {
    let mut call = exchange(Method::POST, "/a");
    expecting(&mut call, |expect| expect.success = vec![201]);
    assert_eq!(ended(&send(json(200, "{}"), call).await).0, "unknown");
}

#[tokio::test(start_paused = true)]
async fn only_listed_headers_are_kept_as_often_as_they_come() {
    let answer = json(200, "{}")
        .header("etag", "W/\"1\"")
        .header("x-secret", "s")
        .header("location", "/a")
        .header("location", "/b");
    let mut call = exchange(Method::GET, "/a");
    expecting(&mut call, |expect| {
        expect.keep_headers = vec![LOCATION, ETAG];
    });
    let outcome = send(answer.clone(), call).await;
    let success = outcome.success().unwrap();
    let kept: Vec<_> = success.extra.as_ref().unwrap().headers.iter().collect();
    let kept: Vec<_> = kept
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(
        kept,
        [("location", "/a"), ("location", "/b"), ("etag", "W/\"1\"")]
    );
    assert_eq!(success.header(&ETAG).unwrap(), "W/\"1\"");
    let outcome = send(answer, exchange(Method::GET, "/a")).await;
    assert!(outcome.success().unwrap().extra.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_file_in_crumbs_is_held_in_few_pieces_in_its_order() {
    let large = "L".repeat(600);
    let crumbs = |count| ["a", "b"].map(bytes).into_iter().cycle().take(count);
    let pieces = crumbs(3000).chain([bytes(large.clone())]).chain(crumbs(5));
    let answer = answer(200, "").body(pieces.collect::<Vec<_>>());
    let outcome = send(answer, file("*/*")).await;
    let slices = &outcome.success().unwrap().opaque().unwrap().slices;
    let expected = ["ab".repeat(1500), large, "ababa".to_owned()];
    assert_eq!(slices, &expected);
}

#[tokio::test(start_paused = true)]
async fn a_file_comes_byte_for_byte_with_its_media_type() {
    let answer = answer(200, "")
        .header("content-type", "application/pdf")
        .body([bytes("%PDF"), bytes(""), bytes(&b"\xff\x00"[..])]);
    let network = Network::new(move |_, _| answer.clone());
    let outcome = house(settings(Rest), &network)
        .send(file("application/pdf, image/*"))
        .await;
    let opaque = outcome.success().unwrap().opaque().unwrap();
    assert_eq!(opaque.media_type.as_ref().unwrap(), "application/pdf");
    assert_eq!(opaque.slices.concat(), b"%PDF\xff\x00");
    assert_eq!(
        network.seen().first().unwrap().header("accept"),
        ["application/pdf, image/*"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_fhir_backend_is_asked_for_the_file_and_not_for_a_resource() {
    let network = Network::new(|_, _| answer(200, "x").header("content-type", "text/plain"));
    let house = house(settings(FHIR), &network);
    assert_eq!(ended(&house.send(file("*/*")).await).0, "ok");
    assert_eq!(network.seen().first().unwrap().header("accept"), ["*/*"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_of_another_type_a_page_and_one_that_is_too_large_fail() {
    let pdf = || answer(200, "x").header("content-type", "application/pdf");
    for (answer, accept, expected) in [
        (pdf(), "image/png", "upstream_unreadable"),
        (answer(200, "x"), "image/png", "upstream_unreadable"),
        (html(200), "*/*", "upstream_login_page"),
        (json(404, "{}").header("x", "y"), "*/*", ""),
        (
            pdf().body([bytes(vec![0; 40]), bytes(vec![0; 40])]),
            "*/*",
            "upstream_too_large",
        ),
        (
            pdf().header("content-length", "65"),
            "*/*",
            "upstream_too_large",
        ),
        (
            pdf().body([Piece::Broken(crate::TransportError::Reset)]),
            "*/*",
            "upstream_reset",
        ),
    ] {
        let network = Network::new(move |_, _| answer.clone());
        let settings = Settings {
            max_body: 64,
            ..settings(Rest)
        };
        let outcome = house(settings, &network).send(file(accept)).await;
        let code = failed(&outcome).map_or("", |(_, failure)| failure.code.as_str());
        assert_eq!(code, expected);
    }
    let named = html(200);
    assert_eq!(ended(&send(named, file("text/html")).await).0, "ok");
    let none = send(answer(204, ""), file("*/*")).await;
    assert!(none.success().unwrap().opaque().is_none());
}

fn version(asked: &str) -> Exchange {
    let path = format!("/Patient/1/_history/{asked}");
    let mut call = exchange(Method::GET, "/Patient/1");
    let length = u32::try_from(path.len()).unwrap();
    call.request.version = length - u32::try_from(asked.len()).unwrap()..length;
    call.request.path = path;
    call
}

#[tokio::test(start_paused = true)]
async fn a_version_is_the_one_that_was_asked_for() {
    let body = r#"{"resourceType":"Patient","id":"1","meta":{"versionId":"3"}}"#;
    let network = Network::new(move |_, _| json(200, body));
    let house = house(settings(FHIR), &network);
    assert_eq!(text(&house.send(version("3")).await), body);
    let other = house.send(version("2")).await;
    let (_, failure) = failed(&other).unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.detail.as_ref()),
        (
            "upstream_unreadable",
            "the answer is another version of the resource"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn what_an_operation_reads_is_a_resource_of_any_type() {
    for (body, expected) in [
        (r#"{"resourceType":"Bundle"}"#, "ok"),
        (r#"{"detail":"x"}"#, "failed"),
    ] {
        let network = Network::new(move |_, _| json(200, body));
        let mut call = exchange(Method::GET, "/Patient/1/$everything");
        expecting(&mut call, |expect| expect.resource = None);
        call.request.id = 0..0;
        let outcome = house(settings(FHIR), &network).send(call).await;
        assert_eq!(ended(&outcome).0, expected, "{body}");
    }
}
