//! With the behavior `cas` off, as it is by default, cas uniques are neither read nor compared.

use std::time::Duration;

use mc_client::{CasOutcome, Error, ErrorKind};
use mc_testkit::Memcached;

use super::Client;

async fn everything_about_cas(client: &Client) -> Vec<Option<Error>> {
    let soon = Duration::from_secs(60);
    let many = go!(client.gets_many::<_, String>(["a", "b"]));
    let many = many.into_results().into_iter().map(Result::err);
    let many_touched = go!(client.gats_many::<_, String>(["a"], soon));
    let many_touched = many_touched.into_results().into_iter().map(Result::err);
    let one = [
        go!(client.gets::<String>("a")).err(),
        go!(client.gats::<String>("a", soon)).err(),
        go!(client.cas("a", "x", 1)).err(),
        go!(client.set("a", "x").cas(1)).err(),
    ];
    one.into_iter().chain(many).chain(many_touched).collect()
}

#[tokio::test]
async fn gets_and_cas_want_the_behavior_cas() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    for error in everything_about_cas(&client).await {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.to_string(),
            "a cas unique is neither read nor compared while the behavior cas is off; \
             turn it on: behaviors().set(\"cas\", true)"
        );
    }
    let deleted = go!(client.delete("a").cas(1)).unwrap_err();
    assert_eq!(deleted.kind(), ErrorKind::Config);

    client.behaviors().set("cas", true).unwrap();
    let errors = everything_about_cas(&client).await;
    assert!(errors.iter().all(Option::is_none), "{errors:?}");
    assert_eq!(go!(client.cas("a", "x", 1)).unwrap(), CasOutcome::NotFound);
}
