//! What twemproxy passes on, and what it does not know.
//!
//! Who includes this says what a `Client` is, by `go!(call)` how a call is sent, and by `next!(rows)` how a row is read.

use std::fmt::Debug;
use std::time::Duration;

use mc_client::{CasOutcome, Error, ErrorKind, Expire, Outcome};

use super::Client;

/// Every command that it passes on.
pub(crate) async fn known(client: &Client) -> Result<(), Error> {
    one_key(client).await?;
    many_keys(client).await?;
    unawaited(client).await?;
    assert_eq!(go!(client.version()).all()?.len(), 1);
    Ok(())
}

async fn one_key(client: &Client) -> Result<(), Error> {
    assert!(!go!(client.exists("k"))?);
    assert!(!go!(client.replace("k", "no"))?);
    assert!(go!(client.add("k", "b"))?);
    assert!(!go!(client.add("k", "no"))?);
    assert!(go!(client.append("k", "c"))?);
    assert!(go!(client.prepend("k", "a"))?);
    client.behaviors().set("cas", true).unwrap();
    let item = go!(client.gets::<String>("k"))?.unwrap();
    assert_eq!(item.value, "abc");
    assert_eq!(go!(client.cas("k", "new", item.cas))?, CasOutcome::Stored);
    assert_eq!(go!(client.cas("k", "no", item.cas))?, CasOutcome::Exists);
    assert!(go!(client.touch("k", Expire::Never))?);
    assert_eq!(go!(client.get("k"))?, Some("new".to_owned()));
    go!(client.set("k", "x").expire(Duration::ZERO))?;
    assert!(!go!(client.exists("k"))?);

    assert_eq!(go!(client.incr("n", 1))?, None);
    assert_eq!(go!(client.incr("n", 1).initial(10))?, Some(10));
    assert_eq!(go!(client.decr("n", 3))?, Some(7));
    let value = vec![b'x'; 500_000];
    go!(client.set("large", &value))?;
    assert_eq!(go!(client.get("large"))?, Some(value));
    assert!(go!(client.delete("large"))?);
    Ok(())
}

async fn many_keys(client: &Client) -> Result<(), Error> {
    let keys = Vec::from_iter((0..1000).map(|number| format!("many:{number}")));
    let stored = go!(client.set_many(keys.iter().zip(0_u64..)));
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
    assert!(go!(client.delete(&keys[7]))?);

    let found = go!(client.get_many::<_, u64>(&keys)).into_results();
    for (number, found) in (0..).zip(found) {
        assert_eq!(found?, (number != 7).then_some(number));
    }
    let items = go!(client.gets_many::<_, u64>(&keys)).into_results();
    for (number, item) in (0..).zip(items) {
        let value = item?.map(|item| item.value);
        assert_eq!(value, (number != 7).then_some(number));
    }
    let sums = go!(client.incr_many(&keys, 1)).into_results();
    for (number, sum) in (0..).zip(sums) {
        assert_eq!(sum?, (number != 7).then_some(number + 1));
    }
    let added = go!(client.add_many([(&keys[6], 1), (&keys[7], 1)]));
    assert_eq!(results(added.into_results())?, [false, true]);
    let touched = go!(client.touch_many(["none", "many:7"], Expire::Never));
    assert_eq!(results(touched.into_results())?, [false, true]);
    let deleted = go!(client.delete_many(["none", "many:7"]));
    assert_eq!(results(deleted.into_results())?, [false, true]);
    Ok(())
}

/// Changes whose answers nobody waits for: they are there for whoever asks next.
async fn unawaited(client: &Client) -> Result<(), Error> {
    for behavior in ["_noreply", "buffer_requests"] {
        client.behaviors().set(behavior, true).unwrap();
        for number in 0..100_u64 {
            go!(client.set("u", number))?;
            assert_eq!(go!(client.get("u"))?, Some(number), "{behavior}");
        }
        go!(client.delete("u"))?;
        go!(client.flush_buffers()).all()?;
        assert!(!go!(client.exists("u"))?, "{behavior}");
        client.behaviors().set(behavior, false).unwrap();
    }
    Ok(())
}

fn results(results: Vec<Result<bool, Error>>) -> Result<Vec<bool>, Error> {
    results.into_iter().collect()
}

/// Every command that it does not know: each ends the connection, and the next call has another.
pub(crate) async fn unknown(client: &Client) -> Result<(), Error> {
    go!(client.set("k", "v"))?;
    hung_up("stats", go!(client.stats()).all());
    still_there(client).await?;
    hung_up("flush_all", go!(client.flush_all()).all());
    still_there(client).await?;
    hung_up("verbosity", go!(client.verbosity(1)).all());
    still_there(client).await?;
    hung_up("gat", go!(client.gat::<String>("k", Expire::Never)));
    still_there(client).await?;
    client.behaviors().set("cas", true).unwrap();
    hung_up("gats", go!(client.gats::<String>("k", Expire::Never)));
    still_there(client).await?;
    for result in go!(client.gat_many::<_, String>(["k", "l"], Expire::Never)).into_results() {
        hung_up("gat_many", result);
    }
    still_there(client).await?;
    hung_up("metadump", next!(go!(client.metadump())).unwrap());
    hung_up("watch", next!(go!(client.watch([]))).unwrap());
    still_there(client).await
}

async fn still_there(client: &Client) -> Result<(), Error> {
    assert_eq!(go!(client.get("k"))?, Some("v".to_owned()));
    Ok(())
}

/// The proxy hung up: whether it has passed the request on nobody knows, and the message gives a hint.
pub(crate) fn hung_up<T: Debug>(what: &str, result: Result<T, Error>) {
    let error = result.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Closed, "{what}: {error}");
    assert_eq!(error.outcome(), Outcome::MaybeApplied, "{what}: {error}");
    let hint = "as proxies do at a command that they do not know";
    assert!(error.to_string().contains(hint), "{what}: {error}");
}
