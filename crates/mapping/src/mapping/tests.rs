#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderValue, Method};
use json::{CheckedJson, Key, Limits, Path};
use orchestration::{
    BackendRef, Call, Content, Effect, Endpoint, Expect, Extra, Failure, Inputs, Need, Outcome,
    Parameter, ParameterName, Plan, Report, Shape, Source, Success, Template, Unshaped, Until,
    View,
};
use problem::{CallProblem, Code};
use tokio::time::Instant;

use super::{Body, Mapping, Node, Partial, Piece, Place, Status};
use crate::Program;

mod headers;
mod merging;

fn checked(text: &str) -> CheckedJson {
    CheckedJson::check(Bytes::from(text.to_owned()), Limits::default()).unwrap()
}

/// Results of calls `a`, `b`, …; `None`: an optional one that failed.
struct Scene {
    endpoint: Endpoint,
    reports: Vec<Report>,
    problems: Vec<CallProblem>,
    inputs: Inputs,
    until: Until,
}

fn scene(results: &[Option<&str>]) -> Scene {
    let calls = results
        .iter()
        .zip("abcdefgh".chars())
        .map(|(_, name)| Call {
            name: name.to_string().into(),
            backend: BackendRef {
                index: 0,
                alias: "labs".into(),
            },
            need: Need::Optional,
            effect: Effect::Read,
            expect: Arc::new(Expect {
                keep_headers: vec![ETAG],
                ..Expect::default()
            }),
            timeout: Duration::from_secs(1),
            write_timeout: Duration::from_secs(1),
            method: Method::GET,
            path: Template::literal("/"),
            query: vec![],
            headers: vec![],
            body: None,
            when: vec![],
            for_each: None,
            fallback: None,
            waits_for: vec![],
            considers: vec![],
        });
    let plan = Arc::new(Plan {
        calls: calls.collect(),
        ..Plan::default()
    });
    let reports: Vec<Report> = results
        .iter()
        .map(|result| match result {
            Some(body) => {
                let mut success = Success::new(200, checked(body));
                success.extra = Some(Box::new(Extra {
                    headers: vec![(ETAG, HeaderValue::from_static("\"1\""))],
                    ..Extra::default()
                }));
                Outcome::Ok(success)
            }
            None => Outcome::Failed(Failure::new(Code::Deadline, "late")),
        })
        .map(Report::from)
        .collect();
    let failed = plan.calls.iter().zip(&reports);
    let failed = failed.filter(|(_, report)| report.outcome.success().is_none());
    Scene {
        problems: failed
            .map(|(call, report)| report.to_problem(call, false))
            .collect(),
        endpoint: Endpoint {
            label: "GET /x/{id}".into(),
            parameters: vec![ParameterName {
                place: "path",
                name: "id".into(),
            }],
            shape: Arc::new(orchestration::Members::new(&plan)),
            plan,
            public: false,
            claims: true,
            location: None,
        },
        reports,
        inputs: Inputs {
            parameters: vec![Some(Parameter {
                text: "p1".into(),
                bare: false,
            })],
            claims: Some(checked(r#"{"sub":"robot"}"#)),
            ..Inputs::default()
        },
        until: Until::at(Instant::now() + Duration::from_hours(1)),
    }
}

impl Scene {
    fn view(&self) -> View<'_> {
        View {
            reports: &self.reports,
            problems: &self.problems,
            inputs: &self.inputs,
            endpoint: &self.endpoint,
            until: &self.until,
        }
    }

    fn shape(&self, mapping: &Mapping) -> Result<String, Unshaped> {
        match mapping.shape(self.view())?.body {
            Content::Json(json) => Ok(String::from_utf8(json.bytes().to_vec()).unwrap()),
            Content::Opaque(_) => panic!("a file"),
        }
    }
}

fn mapping(body: Body) -> Mapping {
    Mapping {
        body,
        partial: Partial::Problems,
        status: None,
        headers: vec![],
        max_input: 1000,
        max_output: 1000,
    }
}

fn program(code: &str) -> Mapping {
    mapping(Body::Program(Program::compile(code).unwrap()))
}

fn place(call: usize, path: &str, otherwise: Option<&str>) -> Place {
    Place {
        source: Source::Call {
            call,
            path: Path::parse(path).unwrap(),
        },
        expression: format!("{{calls.{path}}}"),
        otherwise: otherwise.map(checked),
    }
}

#[test]
fn a35_a_program_sees_results_statuses_headers_parameters_claims_and_problems() {
    let scene = scene(&[Some(r#"{"v":1.10}"#), None]);
    let code = "[.calls.a.v, .calls.b, .status.a, .response_headers.a.etag, .path.id, .claims.sub, (.problems | length), .complete, .body, .query]";
    let mut mapping = program(code);
    mapping.partial = Partial::Header;
    assert_eq!(
        scene.shape(&mapping).unwrap(),
        r#"[1.10,null,200,"\"1\"","p1","robot",1,false,null,{}]"#
    );
    let everything = program(". | keys");
    let whole = self::scene(&[Some("1")]).shape(&everything).unwrap();
    let members = r#"["body","calls","claims","complete","header","path","problems","query","response_headers","status"]"#;
    assert_eq!(whole, members);
}

#[test]
fn a_program_reads_only_the_results_that_it_looks_at() {
    let large = format!("[{}0]", "1,".repeat(2000));
    let scene = scene(&[Some("1"), Some(&large)]);
    for (code, fits) in [
        (".calls.a", true),
        ("{calls: .calls.a}", true),
        (".calls | .a", false),
        (".calls.b | length", false),
        (".calls[\"a\"]", true),
        ("{calls} | 1", false),
        ("[.status.b, .complete]", true),
        (". as $x | 1", false),
        ("if .complete then .calls.a else .status end", true),
        ("any(.calls.a; . > 0)", true),
        ("\"\\(.calls.a)\"", true),
        ("[.calls[]] | length", false),
        ("tojson | length", false),
        ("(.calls.a |= 2) | .calls.a", false),
    ] {
        let shaped = scene.shape(&program(code));
        assert_eq!(shaped.is_ok(), fits, "{code}: {shaped:?}");
    }
}

#[test]
fn a_program_that_nobody_waits_for_is_late_however_small() {
    let mut scene = scene(&[Some("[1,2,3,4,5]")]);
    let mapping =
        program("[.calls.a[] as $a | .calls.a[] as $b | .calls.a[] as $c | .calls.a[] | $a]");
    assert!(!mapping.is_heavy(scene.view()));
    scene.until = Until::at(Instant::now() - Duration::from_secs(1));
    assert_eq!(scene.shape(&mapping), Err(Unshaped::Late));
}

#[test]
fn a_negative_zero_that_is_not_computed_with_keeps_its_sign() {
    let results = r#"{"a":[-0,0,-0.0,1,{"b":-0,"c":"-0","d":0,"d":-0,"e":-0,"e":0}],"-0":-0}"#;
    let expected = r#"{"a":[-0,0,-0.0,1,{"b":-0,"c":"-0","d":-0,"e":0}],"-0":-0}"#;
    let scene = scene(&[Some(results)]);
    assert_eq!(scene.shape(&program(".calls.a")).unwrap(), expected);
    assert_eq!(
        scene
            .shape(&program("[.calls.a.a[0] + 1, .calls.a.a[0] == 0]"))
            .unwrap(),
        "[1.0,true]"
    );
}

#[test]
fn a_large_input_is_heavy() {
    let large = format!("[{}0]", "1,".repeat(40_000));
    let scene = scene(&[Some("1"), Some(&large)]);
    assert!(program(".calls.b").is_heavy(scene.view()));
    assert!(!program(".calls.a").is_heavy(scene.view()));
    assert!(!mapping(Body::Root(1)).is_heavy(scene.view()));
}

#[test]
fn an_object_gets_problems_and_nothing_else_can() {
    let partial = scene(&[Some(r#"{"problems":0,"x":1.0}"#), None]);
    let object = partial.shape(&program(".calls.a")).unwrap();
    assert!(
        object.starts_with(r#"{"x":1.0,"problems":[{"call":"b""#),
        "{object}"
    );
    for code in ["[.calls.a]", "1"] {
        assert_eq!(partial.shape(&program(code)), Err(Unshaped::Incomplete));
    }
    let mut refusing = program(".calls.a");
    refusing.partial = Partial::Refuse;
    assert_eq!(partial.shape(&refusing), Err(Unshaped::Incomplete));
    let whole = scene(&[Some(r#"{"problems":0}"#)]);
    assert_eq!(whole.shape(&refusing).unwrap(), r#"{"problems":0}"#);
}

#[test]
fn a36_a_missing_path_is_a_fault_unless_its_place_says_otherwise() {
    let scene = scene(&[Some(r#"{"x":{"y":[1.50]}}"#), None]);
    let select = |place: Place| {
        let node = Node::Object(vec![(Key::new("v"), Node::Value(place))]);
        let mut mapping = mapping(Body::Select(node));
        mapping.partial = Partial::Header;
        scene.shape(&mapping)
    };
    for (place, expected) in [
        (place(0, "x.y[0]", None), Ok(r#"{"v":1.50}"#)),
        (place(0, "x.z", Some("null")), Ok(r#"{"v":null}"#)),
        (place(0, "x.z", Some("0.0")), Ok(r#"{"v":0.0}"#)),
        (
            place(0, "x.z", None),
            Err("{calls.x.z}: x.z: there is no such member"),
        ),
        (
            place(0, "x.y[1]", None),
            Err("{calls.x.y[1]}: x.y[1]: the array has fewer elements"),
        ),
        // What an optional call did not bring is told by its problem.
        (place(1, "x.y", None), Ok(r#"{"v":null}"#)),
        (place(1, "x.y", Some("7")), Ok(r#"{"v":7}"#)),
    ] {
        let expected = expected.map(str::to_owned);
        let expected = expected.map_err(|fault| Unshaped::from(fault.to_owned()));
        assert_eq!(select(place), expected);
    }
}

#[test]
fn a_text_holds_scalars_only() {
    let scene = scene(&[Some(r#"{"n":1.0,"s":"ä\n","l":[],"z":null}"#)]);
    let text = |path: &str| {
        let pieces = vec![
            Piece::Literal("<".into()),
            Piece::Value(place(0, path, None)),
        ];
        scene.shape(&mapping(Body::Select(Node::Array(vec![Node::Text(
            pieces,
        )]))))
    };
    assert_eq!(text("n").unwrap(), r#"["<1.0"]"#);
    assert_eq!(text("s").unwrap(), r#"["<ä\n"]"#);
    assert_eq!(text("z").unwrap(), "[null]");
    let fault = Unshaped::from("{calls.l}: not a scalar".to_owned());
    assert_eq!(text("l"), Err(fault));
}

#[test]
fn a_status_is_that_of_a_call_where_it_can_stand_above_a_body() {
    let mut scene = scene(&[Some("{}")]);
    let mut mapping = mapping(Body::Root(0));
    mapping.status = Some(Status::Of(0));
    for (status, expected) in [
        (200, Some(200)),
        (203, Some(203)),
        (204, None),
        (205, None),
        (206, None),
        (207, Some(207)),
        (299, Some(299)),
        (304, None),
        (404, Some(404)),
    ] {
        let success = Success::new(status, checked("{}"));
        scene.reports = vec![Report::from(Outcome::Ok(success))];
        let shaped = mapping.shape(scene.view()).unwrap();
        assert_eq!(shaped.status, expected, "{status}");
    }
}
