#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use http::HeaderValue;

use super::render;
use crate::Need::Required;
use crate::fake::{Scene, body_part, checked, inputs, ok};
use crate::prepare::{Fault, Values, check};
use crate::{
    BodyTemplate, Call, ClientBody, Field, FieldContent, Inputs, Part, Payload, Source, Template,
};

fn template(path: &str) -> Template {
    Template {
        parts: vec![body_part(path)],
    }
}

fn field(name: &str, content: FieldContent) -> Field {
    Field {
        name: name.into(),
        content,
        file_name: None,
        media_type: None,
    }
}

fn rendered(fields: &[Field], inputs: &Inputs) -> Result<Payload, Fault> {
    let endpoint = Scene::new().endpoint();
    render(
        fields,
        Values {
            endpoint: &endpoint,
            inputs,
            results: &[],
            item: None,
        },
    )
}

/// With the boundary, which nobody knows beforehand, as `B`.
fn text(payload: &Payload) -> String {
    let media_type = payload.media_type.to_str().unwrap();
    let boundary = media_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let text = String::from_utf8(payload.bytes.to_vec()).unwrap();
    text.replace(boundary, "B").replace("\r\n", "\n")
}

#[test]
fn fields_and_files_stand_in_order() {
    let inputs = Inputs {
        body: Some(checked(
            r#"{"note":"a \"b\"","file":"aGVsbG8=","name":"x\"\r\ny.pdf"}"#,
        )),
        raw: Some(ClientBody {
            media_type: HeaderValue::from_static("image/png"),
            bytes: Bytes::from_static(b"PNG"),
        }),
        ..inputs("1")
    };
    let fields = [
        field("note", FieldContent::Text(template("note"))),
        Field {
            file_name: Some(template("name")),
            media_type: Some(HeaderValue::from_static("application/pdf")),
            ..field("report", FieldContent::Base64(template("file")))
        },
        field("scan", FieldContent::Client),
    ];
    let payload = rendered(&fields, &inputs).unwrap();
    assert_eq!(
        text(&payload),
        "--B\nContent-Disposition: form-data; name=\"note\"\n\na \"b\"\n\
         --B\nContent-Disposition: form-data; name=\"report\"; filename=\"x%22%0D%0Ay.pdf\"\n\
         Content-Type: application/pdf\n\nhello\n\
         --B\nContent-Disposition: form-data; name=\"scan\"\nContent-Type: image/png\n\nPNG\n--B--\n"
    );
}

#[test]
fn no_two_bodies_have_one_boundary() {
    let one = rendered(&[], &inputs("1")).unwrap();
    let other = rendered(&[], &inputs("1")).unwrap();
    assert_ne!(one.media_type, other.media_type);
}

#[test]
fn what_is_not_base64_and_what_is_left_out() {
    let inputs = Inputs {
        parameters: vec![None],
        body: Some(checked(r#"{"file":"%%"}"#)),
        ..Inputs::default()
    };
    let fault = rendered(
        &[field("f", FieldContent::Base64(template("file")))],
        &inputs,
    );
    let Err(Fault::Client(fault)) = fault else {
        unreachable!("{fault:?}")
    };
    assert_eq!(
        (fault.name.as_str(), fault.detail.as_str()),
        ("/file", "must be base64 here")
    );
    let optional = Template {
        parts: vec![Part::Value {
            source: Source::Parameter(0),
            encoder: crate::PLAIN,
            expression: "{query.x}".into(),
        }],
    };
    let fields = [
        field("x", FieldContent::Text(optional)),
        field("scan", FieldContent::Client),
    ];
    let inputs = Inputs {
        body: None,
        ..inputs
    };
    assert_eq!(text(&rendered(&fields, &inputs).unwrap()), "--B--\n");
}

/// The client's faults in the parts of a call that another one goes before.
fn faults(change: impl FnOnce(&mut Call)) -> Vec<String> {
    let fields = vec![
        field("note", FieldContent::Text(template("note"))),
        field("cut", FieldContent::Base64(template("cut"))),
        Field {
            file_name: Some(template("name")),
            ..field("report", FieldContent::Base64(template("file")))
        },
    ];
    let mut scene = Scene::new()
        .call("first", Required, 0, ok("1"))
        .call("stored", Required, 0, ok("1"))
        .with(|call| call.body = Some(BodyTemplate::Multipart(fields)))
        .with(change);
    let inputs = Inputs {
        body: Some(checked(r#"{"file":"%%"}"#)),
        ..inputs("1")
    };
    let faults = check(&scene.endpoint(), &inputs).err().unwrap();
    faults
        .iter()
        .map(|fault| format!("{}: {}", fault.name, fault.detail))
        .collect()
}

#[test]
fn every_part_is_checked_before_any_call() {
    let expected = [
        "/note: is required",
        "/cut: is required",
        "/file: must be base64 here",
        "/name: is required",
    ];
    assert_eq!(faults(|_| {}), expected);
    assert_eq!(faults(|call| call.waits_for = vec![0]), expected);
}

#[test]
fn what_is_not_base64_is_a_fault_though_the_call_may_not_be_made() {
    // What is missing may not be needed.
    let found = faults(|call| call.considers = vec![0]);
    assert_eq!(found, ["/file: must be base64 here"]);
}
