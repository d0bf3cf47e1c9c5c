//! Cities and the key, over the wire.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use secrecy::SecretString;

use super::{WeatherServer, WeatherServerOptions};
use crate::test_client::get;

#[tokio::test]
async fn a34_the_weather_needs_the_key_and_a_known_city() {
    let options = WeatherServerOptions {
        port: 0,
        key: SecretString::from("key"),
    };
    let weather = WeatherServer::start(options).unwrap();
    let server = weather.server();
    let london = get(server, "/data/2.5/weather?q=London&appid=key", "")
        .await
        .json();
    assert_eq!(london["weather"][0]["description"], "light rain");
    assert_eq!(london["main"]["temp"].as_f64(), Some(11.5));
    let small = get(server, "/data/2.5/weather?q=london&appid=key", "").await;
    assert_eq!(small.json()["name"], "London");
    let unknown = get(server, "/data/2.5/weather?q=Atlantis&appid=key", "").await;
    assert_eq!(
        (unknown.status(), unknown.json()["cod"].as_str()),
        (404, Some("404"))
    );
    assert_eq!(
        get(server, "/data/2.5/weather?q=London&appid=no", "")
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn a38_city_names_come_back_as_utf8() {
    let options = WeatherServerOptions {
        port: 0,
        key: SecretString::from("key"),
    };
    let weather = WeatherServer::start(options).unwrap();
    let target = "/data/2.5/weather?q=%C5%81%C3%B3d%C5%BA&appid=key";
    assert_eq!(
        get(weather.server(), target, "").await.json()["name"],
        "Łódź"
    );
}
