//! The client's values in headers of the answer.

use crate::fake::{Scene, checked, inputs, ok};
use crate::{Inputs, Need, Source, misfit_in_header};

#[test]
fn a_value_that_cannot_stand_in_a_header_of_the_answer_is_told() {
    let endpoint = Scene::new()
        .call("a", Need::Required, 0, ok("1"))
        .endpoint();
    let inputs = Inputs {
        body: Some(checked(
            r#"{"plain":"x","number":1.50,"none":null,"broken":"a\r\nb","many":[1]}"#,
        )),
        ..inputs("a\nb")
    };
    let told = |source| {
        let misfit = misfit_in_header(&source, "{x}", &endpoint, &inputs);
        misfit.map(|misfit| (misfit.place, misfit.name))
    };
    let body = |path: &str| told(Source::Body(json::Path::parse(path).unwrap()));
    assert_eq!(
        [body("plain"), body("number"), body("none"), body("missing")],
        [const { None }; 4]
    );
    assert_eq!(body("broken"), Some(("body", "/broken".to_owned())));
    assert_eq!(body("many"), Some(("body", "/many".to_owned())));
    assert_eq!(told(Source::Parameter(0)), Some(("path", "id".to_owned())));
}
