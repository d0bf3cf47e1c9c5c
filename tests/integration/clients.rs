//! Who calls us, how they show it, and that backends have nothing to do with it.

use testkit::DemoStub;

use crate::flow::{SUMMARY, basic};
use crate::support::{Answer, BACKENDS, KEY, LIMITED_KEY, PASSWORD, World};

const PATIENT: &str = "/patients/pat-001";

async fn ask(world: &World, headers: &[(&str, &str)]) -> Answer {
    world.service.send("GET", PATIENT, headers, "").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a27_basic_takes_utf8_and_colons_and_challenges_what_is_wrong() {
    let world = World::start(SUMMARY);
    let right = basic("portál", PASSWORD);
    ask(&world, &[("Authorization", &right)]).await.expect(200);
    let lower_case = right.replace("Basic", "bAsIc");
    ask(&world, &[("Authorization", &lower_case)])
        .await
        .expect(200);
    for wrong in [
        basic("portál", "pä:ss"),
        basic("portal", PASSWORD),
        basic("nobody", PASSWORD),
        basic("portál", ""),
        "Basic !".to_owned(),
        "Basic".to_owned(),
        "Bearer abc".to_owned(),
    ] {
        let answer = ask(&world, &[("Authorization", &wrong)]).await.expect(401);
        assert_eq!(answer.code(), "unauthenticated", "{wrong}");
        let challenges = answer.header_values("www-authenticate");
        assert!(
            challenges.contains(&r#"Basic realm="Ward 7", charset="UTF-8""#),
            "{challenges:?}"
        );
    }
    assert_eq!(world.server(DemoStub::Labs).requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a27_a_pages_own_script_gets_a_challenge_that_opens_no_login_box() {
    let world = World::start(SUMMARY);
    for script in [
        ("Sec-Fetch-Dest", "empty"),
        ("X-Requested-With", "swagger-ui"),
    ] {
        let answer = ask(&world, &[script]).await.expect(401);
        let challenges = answer.header_values("www-authenticate");
        assert!(!challenges.is_empty());
        assert!(
            !challenges.iter().any(|text| text.starts_with("Basic")),
            "{challenges:?}"
        );
    }
    let page = ask(&world, &[("Sec-Fetch-Dest", "document")])
        .await
        .expect(401);
    assert!(
        page.header("www-authenticate")
            .unwrap()
            .starts_with("Basic")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a28_an_api_key_opens_and_a_wrong_one_does_not() {
    let world = World::start(SUMMARY);
    ask(&world, &[KEY]).await.expect(200);
    for wrong in [
        "",
        "test-kez",
        "test-key ",
        "62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef",
    ] {
        let sent = [("X-API-Key", wrong)];
        let answer = ask(&world, &sent).await;
        // White space around a header's value is not part of it (RFC 9110 §5.5).
        let expected = if wrong.trim() == KEY.1 { 200 } else { 401 };
        answer.expect(expected);
    }
    let limited = ask(&world, &[LIMITED_KEY]).await.expect(403);
    assert_eq!(limited.code(), "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn a29_rotating_one_side_never_touches_the_other() {
    let world = World::start(SUMMARY);
    ask(&world, &[KEY]).await.expect(200);
    assert_eq!(world.token_calls(), 2);
    let rotated = r"
clients:
  robot:
    api_key: { sha256: 5be3b05a2339aecdb0c543afefc6a563085f5861e6c109dce236363b3319566e }
    scopes: [read]
";
    let yaml = format!("{BACKENDS}{SUMMARY}{rotated}");
    world.service.install(&yaml, &world.variables);
    let next = [("X-API-Key", "rotated-key")];
    ask(&world, &[KEY]).await.expect(401);
    ask(&world, &next).await.expect(200);
    assert_eq!(
        world.token_calls(),
        2,
        "the backends' tokens are as good as before"
    );

    let authorization_server = world.demo.authorization_server();
    assert!(authorization_server.set_secret("manifold-labs", "next".to_owned().into()));
    world.service.install(
        &yaml.replace("${env:LABS_SECRET}", "next"),
        &world.variables,
    );
    ask(&world, &next).await.expect(200);
    assert_eq!(
        world.token_calls(),
        3,
        "one new token, for the credential that changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a30_what_the_client_authenticates_with_is_never_forwarded() {
    let world = World::start(SUMMARY);
    let right = basic("portál", PASSWORD);
    ask(
        &world,
        &[("Authorization", &right), ("Cookie", "ward-a30=1")],
    )
    .await
    .expect(200);
    ask(&world, &[KEY, ("Cookie", "ward-a30=1")])
        .await
        .expect(200);
    for stub in DemoStub::ALL {
        for request in world.server(stub).requests() {
            let values: Vec<_> = request
                .headers
                .values()
                .map(|value| value.as_bytes().to_vec())
                .collect();
            for hidden in [right.as_str(), KEY.1, "ward-a30=1"] {
                assert!(
                    !values.iter().any(|value| value == hidden.as_bytes()),
                    "{stub}"
                );
            }
        }
    }
}
