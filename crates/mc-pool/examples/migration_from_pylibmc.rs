//! A Python program that uses pylibmc, and the same in Rust, line by line:
//! `cargo run -p mc-pool --features blocking --example migration_from_pylibmc [SERVER…]`.
//!
//! Both may run side by side: they find each other's values.

#[path = "../../mc-client/examples/servers/mod.rs"]
mod servers;

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

// import pylibmc
use mc_client::blocking::Client;
use mc_client::{Behaviors, CasOutcome};
use mc_pool::{Block, ClientPool, ThreadMappedPool};

fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 1])?;

    // mc = pylibmc.Client(servers, behaviors={"ketama": True, "tcp_nodelay": True, "cas": True})
    let mut behaviors = Behaviors::default();
    behaviors.update([("ketama", true), ("tcp_nodelay", true), ("cas", true)])?;
    let mc = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .build()?;

    // mc.behaviors["retry_timeout"] = 30
    mc.behaviors().set("retry_timeout", 30)?;

    one_key(&mc)?;
    many_keys(&mc)?;
    compare_and_swap(&mc)?;
    pools(&mc)?;

    // mc.disconnect_all()
    mc.disconnect_all();
    Ok(())
}

fn one_key(mc: &Client) -> Result<(), mc_client::Error> {
    // mc.set("greeting", "hello", time=60)
    let minute = Duration::from_secs(60);
    mc.set("greeting", "hello").expire(minute).call()?;

    // text = mc.get("greeting")                    # None if it is missed
    let text: Option<String> = mc.get("greeting").call()?;
    assert_eq!(text.as_deref(), Some("hello"));

    // text = mc.get("absent", "nothing")
    let text = mc
        .get("absent")
        .call()?
        .unwrap_or_else(|| "nothing".to_owned());
    assert_eq!(text, "nothing");

    // mc.add("greeting", "hi")                     # False
    assert!(!mc.add("greeting", "hi").call()?);

    // "greeting" in mc                             # True
    assert!(mc.exists("greeting").call()?);

    // mc.delete("greeting")                        # True
    assert!(mc.delete("greeting").call()?);

    // try: mc.incr("visits")
    // except pylibmc.NotFound: mc.set("visits", 1)
    let visits = mc.incr("visits", 1).initial(1).call()?;
    println!("visits: {visits:?}");

    // try: mc.incr("absent")
    // except pylibmc.NotFound: print("there is no counter")
    if mc.incr("absent", 1).call()?.is_none() {
        println!("there is no counter");
    }
    Ok(())
}

fn many_keys(mc: &Client) -> Result<(), mc_client::Error> {
    // failed = mc.set_multi({"a": 1, "b": 2}, key_prefix="user:")
    let stored = mc.set_many([("a", 1), ("b", 2)]).key_prefix("user:").call();
    for (key, error) in stored.failed() {
        eprintln!("{key}: {error}");
    }

    // found = mc.get_multi(["a", "b", "c"], key_prefix="user:")        # {"a": 1, "b": 2}
    let found = mc.get_many(["a", "b", "c"]).key_prefix("user:").call();
    let found: HashMap<_, u32> = found.into_map()?;
    assert_eq!(found, HashMap::from([("a", 1), ("b", 2)]));

    // mc.delete_multi(["a", "b"], key_prefix="user:")
    mc.delete_many(["a", "b"])
        .key_prefix("user:")
        .call()
        .all()?;
    Ok(())
}

fn compare_and_swap(mc: &Client) -> Result<(), mc_client::Error> {
    mc.set("names", "ada").call()?;
    // while True:
    //     names, cas = mc.gets("names")
    //     if cas is None: break
    //     if mc.cas("names", names + ",grace", cas): break
    while let Some(item) = mc.gets::<String>("names").call()? {
        let names = item.value + ",grace";
        if mc.cas("names", &names, item.cas).call()? == CasOutcome::Stored {
            println!("names: {names}");
            break;
        }
    }
    Ok(())
}

fn pools(mc: &Client) -> Result<(), Box<dyn Error>> {
    // pool = pylibmc.ClientPool(mc, 4)
    let pool = ClientPool::new();
    pool.fill(mc, 4);

    // with pool.reserve() as mc:
    //     mc.set("hi", "ho")
    {
        let mc = pool.reserve(Block::No)?;
        mc.set("hi", "ho").call()?;
    }

    // pool = pylibmc.ThreadMappedPool(mc)
    let pool = ThreadMappedPool::new(mc.clone());

    // with pool.reserve() as mc:
    //     print(mc.get("hi"))
    println!("hi: {:?}", pool.reserve().get::<String>("hi").call()?);

    // pool.relinquish()                            # a thread that ends need not
    pool.relinquish();
    Ok(())
}
