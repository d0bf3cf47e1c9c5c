//! What goes with an answer.

use http::HeaderValue;
use http::header::ETAG;
use json::Path;
use orchestration::{Parameter, Shape, Source, Unshaped};

use super::{Body, Partial, Piece, Place, Scene, Status, checked, mapping, program, scene};

#[test]
fn a_value_of_the_clients_fits_its_header_before_anything_is_asked() {
    let mut scene = scene(&[Some("{}")]);
    let piece = |source: Source| {
        Piece::Value(Place {
            source,
            expression: "{x}".into(),
            otherwise: None,
        })
    };
    let body = |path: &str| piece(Source::Body(Path::parse(path).unwrap()));
    let mut mapping = mapping(Body::Root(0));
    mapping.headers = vec![
        (ETAG, vec![piece(Source::Parameter(0)), body("a")]),
        (http::header::VARY, vec![piece(Source::Parameter(0))]),
        // Not the client's: it is not known yet.
        (
            http::header::AGE,
            vec![piece(Source::ResponseHeader {
                call: 0,
                name: ETAG,
            })],
        ),
    ];
    let misfits = |scene: &Scene| {
        let misfits = mapping.misfits(&scene.endpoint, &scene.inputs);
        let places = misfits
            .into_iter()
            .map(|misfit| (misfit.place, misfit.name));
        places.collect::<Vec<_>>()
    };
    for (body, fault) in [
        (r#"{"a":"fits"}"#, false),
        (r#"{"a":7}"#, false),
        (r#"{"a":null}"#, false),
        ("{}", false),
        (r#"{"a":"x\ny"}"#, true),
        (r#"{"a":[1]}"#, true),
    ] {
        scene.inputs.body = Some(checked(body));
        let expected: &[_] = if fault {
            &[("body", "/a".to_owned())]
        } else {
            &[]
        };
        assert_eq!(misfits(&scene), expected, "{body}");
    }
    scene.inputs.body = None;
    scene.inputs.parameters = vec![Some(Parameter {
        text: "a\r\nb".into(),
        bare: false,
    })];
    assert_eq!(misfits(&scene), [("path", "id".to_owned())]);
    scene.inputs.parameters = vec![None];
    assert_eq!(misfits(&scene), []);
}

#[test]
fn status_and_headers_come_from_a_call() {
    let scene = scene(&[Some("{}"), None]);
    let header = |call| {
        Piece::Value(Place {
            source: Source::ResponseHeader { call, name: ETAG },
            expression: "{response_headers.a.etag}".into(),
            otherwise: None,
        })
    };
    let mut mapping = mapping(Body::Root(0));
    mapping.partial = Partial::Header;
    mapping.headers = vec![
        (ETAG, vec![header(0)]),
        (http::header::AGE, vec![header(1)]),
    ];
    for (status, expected) in [
        (None, None),
        (Some(Status::Fixed(203)), Some(203)),
        (Some(Status::Of(0)), Some(200)),
        (Some(Status::Of(1)), None),
    ] {
        mapping.status = status;
        let shaped = mapping.shape(scene.view()).unwrap();
        assert_eq!(shaped.status, expected);
        assert_eq!(shaped.headers, [(ETAG, HeaderValue::from_static("\"1\""))]);
    }
    mapping.max_output = 1;
    let fault = mapping.shape(scene.view()).unwrap_err();
    let large = "the answer is larger than `response.max_output`";
    assert_eq!(fault, Unshaped::from(large.to_owned()));
}

#[test]
fn a_number_of_too_many_digits_is_not_read() {
    for (digits, fits) in [(4000, true), (4096, false), (9000, false)] {
        let body = format!("[{}]", "7".repeat(digits));
        let scene = scene(&[Some(&body)]);
        let mut mapping = program(".calls.a | length");
        mapping.max_input = 10_000;
        assert_eq!(scene.shape(&mapping).is_ok(), fits, "{digits}");
    }
}
