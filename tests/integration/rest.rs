//! REST backends: keys in queries, bodies both ways, text that is not ASCII, paths that stay put.

use testkit::{DemoStub, Fault, FaultRule};

use crate::support::{BACKENDS, Connection, KEY, World, eventually, traces};

const ENDPOINTS: &str = r#"
documents: { access: public }
endpoints:
  - get: /weather
    access: public
    parameters: { query: { city: { required: true }, unit: {} } }
    calls: { weather: { backend: weather, get: /data/2.5/weather, query: { q: "{query.city}", unit: "{query.unit}" } } }
  - post: /orders
    access: { scopes: [write] }
    body: { schema: { type: object } }
    calls: { order: { backend: labs, post: /orders, body: "{body}" } }
  - get: /{app}/files/{box}/{filename}
    access: public
    calls: { file: { backend: echo, get: "/{app}/files/{box}/{filename}" } }
"#;

/// Knows one file, whose name needs every kind of escaping.
const ECHO: &str = r#"{ "echo": { "routes": [
  { "method": "GET", "path": "/a%20b/files/%C5%81%C3%B3d%C5%BA/x%2Fy%3Fz%23.txt", "body": { "found": "Łódź" } }
] } }"#;

fn start() -> World {
    let echo = r#"  echo: { rest: {}, url: "${env:ECHO_URL}" }"#;
    World::with_stubs(ECHO, &format!("{BACKENDS}{echo}\n{ENDPOINTS}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a34_a_key_in_the_query_is_injected_and_shown_nowhere() {
    let world = start();
    let answer = world.service.get("/weather?city=London").await.expect(200);
    assert_eq!(answer.json()["weather"]["name"], "London");
    let weather = world.server(DemoStub::Weather);
    let key = weather.requests()[0]
        .query_value("appid")
        .unwrap()
        .to_owned();
    assert!(world.secrets().contains(&key));

    weather.fault(Some(Fault::Refused)).await.unwrap();
    let refused = world.service.get("/weather?city=London").await.expect(502);
    assert_eq!(refused.code(), "upstream_connect");
    weather.fault(Some(Fault::Redirect)).await.unwrap();
    let redirected = world.service.get("/weather?city=London").await.expect(502);
    world.service.access_lines(3).await;
    let mut shown = vec![answer, refused, redirected];
    shown.push(world.service.get("/openapi.json").await.expect(200));
    shown.push(world.service.operator("/readyz").await);
    shown.push(world.service.operator("/metrics").await);
    assert!(shown.iter().all(|answer| !answer.text().contains(&key)));
    assert!(!world.service.access_log.text().contains(&key));
    assert!(!traces().text().contains(&key));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_optional_parameter_that_is_left_out_leaves_its_query_pair_out() {
    let world = start();
    world.service.get("/weather?city=London").await.expect(200);
    world
        .service
        .get("/weather?city=London&unit=K")
        .await
        .expect(200);
    let requests = world.server(DemoStub::Weather).requests();
    let units: Vec<_> = requests
        .iter()
        .map(|request| request.query_value("unit"))
        .collect();
    assert_eq!(units, [None, Some("K")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a37_a_post_is_json_and_201_is_success_with_its_body() {
    let world = start();
    let answer = world
        .service
        .post("/orders", r#"{"test":"HbA1c","amount":1.00}"#)
        .await;
    let answer = answer.expect(201);
    assert!(answer.is_complete());
    assert_eq!(answer.json()["order"]["order"]["test"], "HbA1c");
    let request = &world.server(DemoStub::Labs).requests()[0];
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(&request.body[..], br#"{"test":"HbA1c","amount":1.00}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a38_text_that_is_not_ascii_survives_in_bodies_paths_and_queries() {
    let world = start();
    let answer = world
        .service
        .get("/weather?city=%C5%81%C3%B3d%C5%BA")
        .await
        .expect(200);
    assert!(answer.text().contains(r#""name":"Łódź""#));
    let order = "{\"test\":\"Hämoglobin 血糖 🩸\"}";
    let answer = world.service.post("/orders", order).await.expect(201);
    assert_eq!(
        answer.json()["order"]["order"]["test"],
        "Hämoglobin 血糖 🩸"
    );
    assert_eq!(
        &world.server(DemoStub::Labs).requests()[0].body[..],
        order.as_bytes()
    );
    let file = "/a%20b/files/%C5%81%C3%B3d%C5%BA/x%2Fy%3Fz%23.txt";
    let answer = world.service.get(file).await.expect(200);
    assert_eq!(answer.json()["file"]["found"], "Łódź");
}

#[tokio::test(flavor = "multi_thread")]
async fn a39_an_empty_or_non_json_success_of_a_read_is_a_typed_error() {
    let world = start();
    let weather = world.server(DemoStub::Weather);
    for (fault, code) in [
        (Fault::Empty, "upstream_unreadable"),
        (Fault::NoJson, "upstream_unreadable"),
        (Fault::TruncatedJson, "upstream_unreadable"),
        (Fault::BadUtf8, "upstream_unreadable"),
    ] {
        weather.fault(Some(fault)).await.unwrap();
        let answer = world.service.get("/weather?city=London").await.expect(502);
        assert_eq!(answer.code(), code, "{fault}");
        assert_eq!(answer.call("weather")["status"], 200, "{fault}");
        assert!(!answer.text().contains("operational"), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b11_a_redirect_to_a_login_page_is_not_followed_and_counts_as_refusal() {
    let world = start();
    let weather = world.server(DemoStub::Weather);
    weather.fault(Some(Fault::Redirect)).await.unwrap();
    let answer = world.service.get("/weather?city=London").await.expect(502);
    assert_eq!(answer.code(), "upstream_login_page");
    assert_eq!(answer.call("weather")["status"], 302);
    assert_eq!(weather.requests().len(), 1, "a key cannot be renewed");
}

#[tokio::test(flavor = "multi_thread")]
async fn b12_a_login_page_with_200_is_never_success_and_renews_the_token_once() {
    let endpoints = r#"
endpoints:
  - get: /results/{number}
    access: public
    calls: { results: { backend: labs, get: "/results/{number}" } }
"#;
    let world = World::start(endpoints);
    let labs = world.server(DemoStub::Labs);
    labs.fault(Some(Fault::Html)).await.unwrap();
    for _ in 0..3 {
        let answer = world.service.get("/results/LAB-500001").await.expect(502);
        assert_eq!(answer.code(), "upstream_login_page");
        assert!(!answer.text().contains("password"));
    }
    assert_eq!(world.token_calls(), 2);
    labs.fault(None).await.unwrap();
    let healed = eventually("the backend is asked again", async || {
        let answer = world.service.get("/results/LAB-500001").await;
        (answer.status == 200).then_some(answer)
    });
    assert!(healed.await.is_complete());
}

#[tokio::test(flavor = "multi_thread")]
async fn b12_a_write_that_meets_a_login_page_is_not_sent_again() {
    let world = start();
    let labs = world.server(DemoStub::Labs);
    labs.fault(Some(Fault::Html)).await.unwrap();
    let answer = world.service.post("/orders", "{}").await.expect(502);
    assert_eq!(answer.call("order")["outcome"], "unknown");
    assert_eq!(labs.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_kept_connection_is_reset_is_not_sent_again() {
    let world = start();
    let labs = world.server(DemoStub::Labs);
    // One connection of the client's is one worker of the service's, and one connection to the backend.
    let mut client = Connection::open(world.service.address).await;
    let order = format!(
        "POST /orders HTTP/1.1\r\nHost: x\r\n{}: {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}",
        KEY.0, KEY.1
    );
    client.send(&order).await;
    client.receive().await.unwrap().expect(201);
    labs.fault_rule(FaultRule::new(Fault::Reset).times(1));
    client.send(&order).await;
    let answer = client.receive().await.unwrap().expect(502);
    let call = answer.call("order");
    assert_eq!(
        (&call["outcome"], labs.connections()),
        (&"unknown".into(), 1)
    );
    assert_eq!(labs.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn b17_path_values_stay_in_their_segment_and_a_bad_one_names_its_parameter() {
    let world = start();
    let file = "/a%20b/files/%C5%81%C3%B3d%C5%BA/x%2Fy%3Fz%23.txt";
    world.service.get(file).await.expect(200);
    let echo = world.stub("echo");
    assert_eq!(echo.requests()[0].path, file);
    for (target, parameter) in [
        ("/app/files/../secret", "box"),
        ("/app/files/%2e%2E/secret", "box"),
        ("/app/files/box/.", "filename"),
        ("/%2e/files/box/name", "app"),
        ("/app/files/%20/%00", "filename"),
    ] {
        let answer = world.service.get(target).await.expect(400);
        assert_eq!(answer.code(), "invalid_parameter", "{target}");
        let errors = answer.json()["errors"].clone();
        let names: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["name"])
            .collect();
        assert!(names.contains(&&parameter.into()), "{target}: {errors}");
    }
    assert_eq!(echo.requests().len(), 1, "nothing else went out");
}
