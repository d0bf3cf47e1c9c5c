//! Secrets and passwords that change under a running service.

use std::os::unix::fs::symlink;

use super::*;

/// Of the password `next-password`.
const NEXT_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$rkdltbrGSzr0v9WWottpzw$tXSXQEMLIYHlm4+u6HKaGT+QFXFjVzEycxPjdRqpbzo";

fn two_credentials(demo: &Demo, hash: &str) -> String {
    let token_url = demo.authorization_server().token_url();
    format!(
        r#"{clients}
credentials:
  hospital: {{ oauth2: {{ token_url: "{token_url}", client_id: manifold-hospital, client_secret: "${{file:hospital}}", scopes: [system/Patient.rs] }} }}
  labs: {{ oauth2: {{ token_url: "{token_url}", client_id: manifold-labs, client_secret: "${{file:labs}}", scopes: [results.read], authentication: client_secret_post }} }}
backends:
  ehr: {{ fhir: R4, url: "{ehr}", credential: hospital }}
  labs: {{ rest: {{}}, url: "{labs}", credential: labs }}
endpoints:
  - get: /both
    access: {{ scopes: [read] }}
    calls:
      patient: {{ backend: ehr, read: Patient/pat-001 }}
      results: {{ backend: labs, get: /results/LAB-500001 }}
"#,
        clients = CLIENTS.replace("HASH", hash),
        ehr = demo.url(DemoStub::Ehr),
        labs = demo.url(DemoStub::Labs),
    )
}

fn secrets(demo: &Demo) -> [(&'static str, String); 2] {
    let secrets = demo.secrets();
    [
        ("hospital", &secrets.hospital_client_secret),
        ("labs", &secrets.labs_client_secret),
    ]
    .map(|(name, secret)| (name, secret.expose_secret().to_owned()))
}

async fn backend_states(service: &Following) -> Vec<Value> {
    let ready = service.operator("/readyz").await.expect(200).json();
    let backends = ready["backends"].as_array().unwrap();
    backends.iter().map(|one| one["state"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a20_a_secret_that_a_mounted_volume_swaps_is_used_and_the_other_token_is_kept() {
    let demo = Demo::start(DemoOptions::new().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // As kubelet mounts a volume: files are links through `..data`, which is swapped as a whole.
    for version in ["v1", "v2"] {
        fs::create_dir(at(version)).unwrap();
        for (name, secret) in secrets(&demo) {
            let rotated = version == "v2" && name == "labs";
            let secret = if rotated {
                "rotated-a20".to_owned()
            } else {
                secret
            };
            fs::write(at(version).join(name), secret).unwrap();
        }
        fs::write(
            at(version).join("manifold.yaml"),
            two_credentials(&demo, HASH),
        )
        .unwrap();
    }
    symlink("v1", at("..data")).unwrap();
    for name in ["hospital", "labs", "manifold.yaml"] {
        symlink(format!("..data/{name}"), at(name)).unwrap();
    }
    let path = at("manifold.yaml");
    let swap = {
        let (new, data) = (at("..new"), at("..data"));
        move || {
            symlink("v2", &new).unwrap();
            fs::rename(new, data).unwrap();
        }
    };
    let service = Following::start_in(folder, &path);
    service.get("/both", &[KEY]).await.expect(200);
    let authorization_server = demo.authorization_server();
    assert_eq!(authorization_server.token_calls(), 2);

    let before = service.state().await;
    assert!(authorization_server.set_secret("manifold-labs", "rotated-a20".to_owned().into()));
    swap();
    let after = service.read(false, &before).await;
    assert_eq!(after["last_error"], Value::Null);
    assert_eq!(
        after["revision"], before["revision"],
        "the text is the same"
    );
    assert_eq!(
        backend_states(&service).await,
        ["ok", "unused"],
        "the backend whose definition did not change is the one that ran"
    );
    service.get("/both", &[KEY]).await.expect(200);
    assert_eq!(
        authorization_server.token_calls(),
        3,
        "one new token, for the credential whose secret changed"
    );
    let bearers: Vec<_> = demo.server(DemoStub::Labs).requests();
    assert_ne!(bearers[0].bearer(), bearers[1].bearer());
    assert!(!traces().text().contains("rotated-a20"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a29_a_rotated_password_touches_no_backend() {
    let demo = Demo::start(DemoOptions::new().unwrap()).unwrap();
    let files = secrets(&demo);
    let files = files
        .each_ref()
        .map(|(name, secret)| (*name, secret.as_str()));
    let service = Following::start(&two_credentials(&demo, HASH), &files);
    let old = basic("portal", PASSWORD);
    let new = basic("portal", "next-password");
    let ask = async |login: &str, status| {
        let headers = [("Authorization", login)];
        service.get("/both", &headers).await.expect(status)
    };
    ask(&old, 200).await;
    ask(&new, 401).await;
    assert_eq!(demo.authorization_server().token_calls(), 2);
    let labs = demo.server(DemoStub::Labs);
    let connections = labs.connections();

    let before = service.state().await;
    service.write(&two_credentials(&demo, NEXT_HASH));
    let after = service.read(true, &before).await;
    assert_eq!(after["last_error"], Value::Null);
    assert_eq!(backend_states(&service).await, ["ok", "ok"]);
    assert_eq!(
        labs.requests().len(),
        1,
        "a reload asks no backend anything"
    );
    ask(&old, 401).await;
    for _ in 0..4 {
        ask(&new, 200).await;
    }
    assert_eq!(demo.authorization_server().token_calls(), 2);
    assert!(
        labs.connections() <= connections + 1,
        "the workers' connections are kept: at most the other one opened its own"
    );
}
