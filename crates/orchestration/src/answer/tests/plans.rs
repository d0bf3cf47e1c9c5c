//! Fallbacks, quorum, lists, files, fixed answers, addresses and claims, as the client reads them.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use http::header::{AGE, CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use problem::Code;
use serde_json::json;
use tokio::time::Instant;

use super::{ask, document, text};
use crate::Need::{Optional, Required};
use crate::answer::{Answer, invoke};
use crate::fake::{Scene, checked, failed, inputs, ok, trace};
use crate::{
    Endpoint, Extra, File, Fixed, Inputs, Invocation, Opaque, Outcome, Part, Quorum, SEGMENT,
    Shape, SkipReason, Source, Success, Template,
};

async fn shaped(mut scene: Scene, shape: Arc<dyn Shape>, inputs: Inputs) -> Answer {
    let endpoint = scene.endpoint();
    let endpoint = Arc::new(Endpoint {
        label: "x".into(),
        parameters: vec![],
        plan: Arc::clone(&endpoint.plan),
        public: false,
        claims: true,
        location: endpoint.location.clone(),
        shape,
    });
    let invocation = Invocation {
        endpoint,
        inputs,
        began: Instant::now(),
        trace: trace(),
    };
    invoke(invocation, scene.ports()).await
}

#[tokio::test(start_paused = true)]
async fn a_fallback_stands_in_for_what_failed_and_for_nothing_else() {
    for (outcome, expected, complete) in [
        (failed(Code::UpstreamReset), "[0]", false),
        (Outcome::Skipped(SkipReason::RequiredFailed), "[0]", false),
        (Outcome::Absent(Some(404)), "null", true),
        (Outcome::Skipped(SkipReason::Condition), "null", true),
        (ok("[1]"), "[1]", true),
    ] {
        let scene = Scene::new()
            .call("a", Optional, 5, outcome)
            .with(|call| call.fallback = Some(checked("[0]")));
        let answer = ask(scene, "1").await;
        assert!(text(&answer).starts_with(&format!(r#"{{"a":{expected}"#)));
        assert_eq!(answer.complete, Some(complete));
        assert_eq!(document(&answer)["problems"].is_array(), !complete);
    }
}

fn quorum_of_two() -> Scene {
    let mut scene = Scene::new();
    scene.quorum = Some(Quorum {
        of: vec![0, 1],
        at_least: 1,
    });
    scene
}

#[tokio::test(start_paused = true)]
async fn a_quorum_that_is_missed_tells_of_its_calls() {
    let mut throttled = crate::Failure::new(Code::UpstreamThrottled, "throttled");
    throttled.retry_after = Some(Duration::from_secs(9));
    let throttled = || Outcome::Failed(throttled.clone());
    let scene =
        quorum_of_two()
            .call("a", Optional, 5, throttled())
            .call("b", Optional, 5, throttled());
    let answer = ask(scene, "1").await;
    assert_eq!(
        (answer.status, answer.retry_after),
        (429, Some(Duration::from_secs(9)))
    );
    assert_eq!(
        document(&answer)["detail"],
        "fewer than 1 of 2 brought a result; `a` of a-backend: throttled; `b` of b-backend: throttled"
    );
    let scene = quorum_of_two()
        .call("a", Optional, 5, throttled())
        .call("b", Optional, 5, ok("1"));
    assert_eq!(ask(scene, "1").await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_quorum_tells_of_those_that_were_made_and_of_what_they_waited_for() {
    let mut scene = Scene::new();
    scene.quorum = Some(Quorum {
        of: vec![1, 2, 3],
        at_least: 3,
    });
    let scene = scene
        .call("first", Optional, 5, failed(Code::UpstreamReset))
        .call("a", Optional, 5, ok("1"))
        .after(0, "x")
        .call("b", Optional, 5, ok("1"))
        .call("c", Optional, 5, Outcome::Skipped(SkipReason::Condition));
    let answer = ask(scene, "1").await;
    assert_eq!(answer.status, 502);
    assert_eq!(document(&answer)["code"], "upstream_reset");
    assert_eq!(
        document(&answer)["detail"],
        "fewer than 2 of 2 brought a result; `first` of first-backend: as scripted"
    );
}

#[tokio::test(start_paused = true)]
async fn the_status_with_a_quorum_does_not_depend_on_who_was_first() {
    for quorum_after in [50, 150] {
        let scene = quorum_of_two()
            .call("a", Optional, quorum_after, Outcome::Absent(Some(404)))
            .call("b", Optional, quorum_after, Outcome::Absent(Some(404)))
            .call("required", Required, 100, failed(Code::Deadline));
        let answer = ask(scene, "1").await;
        assert_eq!(answer.status, 504);
        assert_eq!(
            document(&answer)["detail"],
            "`required` of required-backend: as scripted"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_write_says_what_it_has_done() {
    let scene = Scene::new()
        .call("done", Required, 5, ok("1"))
        .write()
        .call("refused", Required, 5, failed(Code::UpstreamStatus))
        .write()
        .call("unknown", Required, 60_000, ok("1"))
        .write()
        .call("not_sent", Optional, 5, ok("1"))
        .after(1, "id")
        .write()
        .call("read", Required, 5, ok("1"));
    let calls = document(&ask(scene, "1").await)["calls"].clone();
    for call in calls.as_array().unwrap() {
        let expected = match call["call"].as_str().unwrap() {
            "read" => json!(null),
            name => json!(name),
        };
        assert_eq!(call["write"], expected);
    }
}

fn created(path: &str) -> Scene {
    let value = Part::Value {
        source: Source::Call {
            call: 0,
            path: json::Path::parse(path).unwrap(),
        },
        encoder: SEGMENT,
        expression: "{calls.order.id}".into(),
    };
    let mut scene = Scene::new();
    scene.location = Some(Template {
        parts: vec![Part::Literal("/orders/".into()), value],
    });
    let answer = Success::new(201, checked(r#"{"id":"o 7"}"#));
    scene
        .call("order", Required, 5, Outcome::Ok(answer))
        .write()
}

#[tokio::test(start_paused = true)]
async fn an_address_of_ours_goes_with_a_201_that_holds_what_it_needs() {
    let answer = ask(created("id"), "1").await;
    assert_eq!(
        answer.headers,
        [(LOCATION, HeaderValue::from_static("/orders/o%207"))]
    );
    let answer = ask(created("gone"), "1").await;
    assert_eq!((answer.status, answer.headers.len()), (201, 0));
}

#[tokio::test(start_paused = true)]
async fn c18_an_endpoint_without_calls_always_says_the_same() {
    let fixed = Fixed {
        body: checked(r#"{"message":"Grüße"}"#),
        status: 202,
    };
    let answer = shaped(Scene::new(), Arc::new(fixed), inputs("1")).await;
    assert_eq!(
        (answer.status, text(&answer).as_str(), answer.complete),
        (202, r#"{"message":"Grüße"}"#, Some(true))
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_is_passed_on_with_its_type_and_its_name_if_kept() {
    let opaque = Opaque {
        media_type: Some(HeaderValue::from_static("application/pdf")),
        slices: vec!["%P".into(), "DF".into()],
    };
    let name = HeaderValue::from_static("attachment");
    let file = Outcome::Ok(Success {
        extra: Some(Box::new(Extra {
            headers: vec![
                (CONTENT_TYPE, HeaderValue::from_static("x/y")),
                (CONTENT_DISPOSITION, name.clone()),
            ],
            opaque: Some(opaque),
            ..Extra::default()
        })),
        ..Success::new(200, json::CheckedJson::null())
    });
    let scene = Scene::new()
        .call("other", Optional, 5, failed(Code::UpstreamReset))
        .call("file", Required, 5, file);
    let answer = shaped(scene, Arc::new(File { call: 1 }), inputs("1")).await;
    assert_eq!(
        (text(&answer).as_str(), answer.complete),
        ("%PDF", Some(false))
    );
    assert_eq!(answer.headers, [(CONTENT_DISPOSITION, name)]);
    let scene = Scene::new().call("file", Required, 5, ok("null"));
    let answer = shaped(scene, Arc::new(File { call: 0 }), inputs("1")).await;
    assert_eq!((answer.status, text(&answer).as_str()), (204, ""));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_of_the_client_is_forbidden_before_any_call() {
    let value = |path: &str| Part::Value {
        source: Source::Claim(json::Path::parse(path).unwrap()),
        encoder: SEGMENT,
        expression: "{claims.tenant}".into(),
    };
    let claims = Inputs {
        claims: Some(checked(r#"{"sub":"robot"}"#)),
        ..inputs("1")
    };
    for (path, inputs, status) in [
        ("sub", claims.clone(), 200),
        ("tenant", claims, 403),
        ("sub", inputs("1"), 403),
    ] {
        let scene = Scene::new().call("a", Required, 5, ok("1")).with(|call| {
            call.path = Template {
                parts: vec![value(path)],
            };
        });
        let log = Arc::clone(&scene.fake.log);
        let members = Arc::new(crate::Members::new(&crate::Plan::default()));
        let answer = shaped(scene, members, inputs).await;
        assert_eq!(answer.status, status);
        assert_eq!(log.lock().unwrap().is_empty(), status == 403);
        if status == 403 {
            let document = document(&answer);
            assert_eq!(document["code"], "forbidden");
            assert_eq!(document["errors"][0]["in"], "claims");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_as_old_as_its_oldest_part() {
    let kept = |seconds| {
        Outcome::Ok(Success {
            extra: Some(Box::new(Extra {
                age: Some(Duration::from_secs(seconds)),
                ..Extra::default()
            })),
            ..Success::new(200, json::CheckedJson::null())
        })
    };
    for (parts, expected) in [
        ([kept(3), kept(70), ok("1")], Some("70")),
        ([kept(0), ok("1"), failed(Code::UpstreamReset)], Some("0")),
        ([ok("1"), ok("1"), ok("1")], None),
    ] {
        let names = ["a", "b", "c"].into_iter().zip(parts);
        let scene = names.fold(Scene::new(), |scene, (name, part)| {
            scene.call(name, Optional, 5, part)
        });
        let members = Arc::new(crate::Members::new(&crate::Plan::default()));
        let answer = shaped(scene, members, inputs("1")).await;
        let age = answer.headers.iter().find(|(name, _)| *name == AGE);
        assert_eq!(age.map(|(_, age)| age.to_str().unwrap()), expected);
    }
}
