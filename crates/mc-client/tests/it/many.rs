//! Many keys over several servers: grouped, and each with a result of its own.

use std::collections::HashMap;

use mc_client::{Behaviors, ErrorKind};
use mc_testkit::Memcached;

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("key:{number}")).collect()
}

#[tokio::test]
async fn each_key_has_its_result() {
    let servers: Vec<_> = (0..3).map(|_| Memcached::start().unwrap()).collect();
    let client = super::builder(&servers)
        .behaviors(Behaviors::production())
        .build()
        .unwrap();
    let keys = keys(2500);
    let items = keys.iter().enumerate().map(|(number, key)| (key, number));
    assert!(client.set_many(items).await.is_ok());

    let mut asked = keys.clone();
    asked.insert(7, "absent".into());
    let found = client.get_many::<_, usize>(&asked).await;
    assert_eq!(found.misses().collect::<Vec<_>>(), [&"absent"]);
    assert_eq!(found.hits().count(), 2500);
    for (key, number) in found.hits() {
        assert_eq!(**key, format!("key:{number}"));
    }

    let deleted = client.delete_many(["key:1", "absent"]).await.into_results();
    assert_eq!(
        deleted.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
        [true, false]
    );
    let map: HashMap<_, usize> = client
        .get_many(["key:1", "key:2"])
        .await
        .into_map()
        .unwrap();
    assert_eq!(map, HashMap::from([("key:2", 2)]));
}

#[tokio::test]
async fn the_same_key_twice_is_answered_twice() {
    let (_server, client) = super::one_server();
    client.set("a", "1").await.unwrap();
    let found = client
        .get_many::<_, String>(["a", "b", "a"])
        .await
        .into_results();
    let found: Vec<_> = found.into_iter().map(Result::unwrap).collect();
    assert_eq!(found, [Some("1".to_owned()), None, Some("1".to_owned())]);
}

#[tokio::test]
async fn no_keys_is_no_request() {
    let (_server, client) = super::one_server();
    assert_eq!(client.get_many::<&str, String>([]).await.iter().count(), 0);
}

#[tokio::test]
async fn a_bad_key_fails_alone() {
    let (_server, client) = super::one_server();
    client.set("a", "1").await.unwrap();
    let found = client
        .get_many::<_, String>(["a", "b c", "d"])
        .await
        .into_results();
    assert_eq!(found[0].as_ref().unwrap().as_deref(), Some("1"));
    assert_eq!(found[1].as_ref().unwrap_err().kind(), ErrorKind::InvalidKey);
    assert!(found[2].as_ref().unwrap().is_none());
}

#[tokio::test]
async fn a_value_that_is_too_large_fails_alone() {
    let (_server, client) = super::one_server();
    let (small, large) = (vec![1; 10], vec![2; 1 << 20]);
    let stored = client
        .set_many([("a", &small), ("b", &large), ("c", &small)])
        .await;
    let failed: Vec<_> = stored.failed().collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (*failed[0].0, failed[0].1.kind()),
        ("b", ErrorKind::ServerTooLarge)
    );
    assert_eq!(client.get("c").await.unwrap(), Some(small));
}

#[tokio::test]
async fn a_dead_server_is_the_error_of_its_keys_alone() {
    let mut servers: Vec<_> = (0..3).map(|_| Memcached::start().unwrap()).collect();
    let client = super::builder(&servers).build().unwrap();
    let keys = keys(300);
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, "x")))
            .await
            .is_ok()
    );
    servers[1].kill().unwrap();
    let dead = servers[1].address().to_string();
    let found = client.get_many::<_, String>(&keys).await;
    for (key, result) in found.iter() {
        let owner = client.owner(key).unwrap();
        match result {
            Ok(value) => assert_eq!((value.as_deref(), *owner == *dead), (Some("x"), false)),
            Err(error) => {
                assert_eq!(error.server(), Some(&*dead));
            }
        }
    }
    assert!(found.failed().count() > 50);
}
