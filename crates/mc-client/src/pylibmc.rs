//! What pylibmc's users know, and what it is called here: there is no code in this module.
//!
//! | `pylibmc.Client` | here | what differs, and why |
//! |---|---|---|
//! | `Client(servers, binary=…, behaviors={…})` | [`Client::builder`], [`servers`](crate::Builder::servers), [`behaviors`](crate::Builder::behaviors) | same names, defaults and placement; a wrong server or setting is an error at once |
//! | `username=…, password=…` | [`credentials`](crate::Builder::credentials) | not in binary alone: memcached's `-Y` asks in the other protocols |
//! | `get(key, default=None)` | [`get`] | `None` for a miss; `.unwrap_or(default)` for a default. The type is asked for, and another type is an error |
//! | `gets(key)` | [`gets`] | `None` for a miss, not `(None, None)`; an error while the behavior `cas` is off, as there |
//! | `set(key, value, time=0, min_compress_len, compress_level)` | [`set`], `.expire(…)`, `.compress_over(…)`, `.compress_level(…)` | fails with its cause, which `False` does not tell; times are a `Duration` or a `SystemTime`, so that nothing turns from seconds into a date after 30 days |
//! | `add`, `replace` | [`add`], [`replace`] | |
//! | `append`, `prepend` | [`append`], [`prepend`] | what is put beside another value is never compressed: nobody could read the two |
//! | `cas(key, value, cas)` | [`cas`], or `set(…).cas(…)` | three answers, [`Stored`, `Exists`, `NotFound`](crate::CasOutcome), where a missing key raises there |
//! | `delete(key)` | [`delete`] | |
//! | `incr(key, delta=1)`, `decr` | [`incr`], [`decr`] | `None` for a missing key, which raises `NotFound` there: a miss is an answer. `.initial(n)` makes it |
//! | `touch(key, time)` | [`touch`] | |
//! | `get_multi(keys, key_prefix=…)` | [`get_many`], `.key_prefix(…)` | a result for each key: a missing key and a failed server can be told apart; [`into_map`](crate::Many::into_map) leaves the missing keys out |
//! | `set_multi(mapping, time, key_prefix, min_compress_len, compress_level)` | [`set_many`], `.expire(…)`, `.key_prefix(…)`, `.compress_over(…)`, `.compress_level(…)` | [`failed`](crate::Many::failed) gives the keys that it returns there, with their causes; an empty or long key fails alone |
//! | `add_multi(mapping, …)` | [`add_many`] | keys that were there are [`not_done`](crate::Many::not_done), not failed |
//! | `delete_multi(keys, …)` | [`delete_many`] | a `bool` for each key, not one for all |
//! | `incr_multi(keys, key_prefix, delta)` | [`incr_many`], and [`decr_many`] | gives the new numbers, where there it is `None`; missing keys are misses and the others are changed |
//! | `get_stats([topic])` | [`stats`], `.topic(…)` | by server, typed; a server that is down is its own error |
//! | `flush_all(time=0)` | [`flush_all`], `.delay(…)` | a result for each server |
//! | `disconnect_all()` | [`disconnect_all`] | calls of other tasks and threads are finished first |
//! | `clone()` | [`separate`](crate::Client::separate), or the blocking client's `clone` | a clone of the async client shares its connections. Placement is kept, where libmemcached's clone forgets some of it; `as_cloned_by_libmemcached` in mc-behaviors gives the other |
//! | `hash(key)` | [`hash`] | an invalid key is an error |
//! | `behaviors`, `get_behaviors`, `set_behaviors` | [`behaviors`](crate::Client::behaviors) | by name with the same side effects, or as a struct; of a change that fails nothing stays |
//! | `client[key]`, `client[key] = value`, `del client[key]`, `key in client` | [`map`]: `get`, `insert`, `remove`, `contains_key` | a missing key is `None` or `false` and no `KeyError`; `contains_key` moves no value where the protocol can do without |
//! | `serialize`, `deserialize`, `CacheMiss` | [`Codec`](crate::Codec), [`FromValue`](crate::FromValue), [`Error::miss`](crate::Error::miss) | |
//! | `ClientPool`, `ThreadMappedPool` | the crate `mc-pool` | one client serves all tasks and threads: a pool is for those who want isolation |
//! | its exceptions | [`ErrorKind`](crate::ErrorKind) | with the server, and whether the request may have taken effect |
//!
//! Beside these: [`gat`] and [`gats`], [`exists`], [`touch_many`], [`gets_many`] and [`gat_many`], [`version`],
//! [`verbosity`], [`metadump`] and [`watch`].
//!
//! # Keys
//! * **An empty key** is [`InvalidKey`](crate::ErrorKind::InvalidKey). In pylibmc a `get` of it is a miss, a `set` is
//!   `False`, an `incr` raises: three ways to overlook the mistake.
//! * **A space, a control byte or more than 250 bytes** are `InvalidKey`, too. In pylibmc `get("a b")` asks for two
//!   keys, and a line end begins another command, unless `verify_keys` is on.
//! * **`key_prefix`** is part of the key: it counts against the 250 bytes, and decides on the server.
//!
//! # Failover
//! What pylibmc's documentation recommends does what it says there: a server is removed from rotation at its first
//! failure, and tried again every minute, or up to half a minute later, since each client draws its own time.
//! Only its own keys move, to the servers that stand in for it, and they move back when one request has found it well.
//!
//! ```
//! use mc_client::{Behaviors, Compat};
//!
//! let recipe = [("ketama", 1), ("remove_failed", 1), ("retry_timeout", 1), ("dead_timeout", 60)];
//! let mut behaviors = Behaviors::default();
//! behaviors.update(recipe)?;
//! // libmemcached 1.1 takes remove_failed for a flag: the limit is said beside it ...
//! assert_eq!(behaviors.failure_limit.get(), 5);
//! behaviors.set("failure_limit", 1)?;
//!
//! // ... and 1.0, for which the recipe was written, takes it for the limit.
//! let mut old = Behaviors::default();
//! old.compat = Compat::V1_0;
//! old.update(recipe)?;
//! assert_eq!(old.failure_limit.get(), 1);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! * **A request finds out.** There is nothing in the background: the first request for one of its keys after the rest
//!   tries the server, alone, however long ago the rest ended. If it fails, it goes on to the server that stands in.
//! * **`dead_timeout` 0**, the default, is `retry_timeout`. In libmemcached a server that was ejected then never comes
//!   back.
//! * **A server that hangs** is removed, too: time-outs count as failures in a row. What a server refuses, such as a
//!   value too large, does not.
//! * **Old values come back** with a server that kept them while others stood in: short expirations bound that.
//! * **When all servers are down**, every call fails at once with [`ServerDown`](crate::ErrorKind::ServerDown).
//!
//! # A program in both
//! ```python
//! client = pylibmc.Client(["cache1", "cache2"], behaviors={"ketama": True, "cas": True})
//! client.set("greeting", "hello", time=60)
//! failed = client.set_multi({"1": "x", "2": "y"}, key_prefix="user:")
//! users = client.get_multi(["1", "2", "3"], key_prefix="user:")
//! value, unique = client.gets("greeting")
//! client.cas("greeting", value + "!", unique)
//! ```
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::collections::HashMap;
//! use std::time::Duration;
//!
//! let client = mc_client::Client::builder().servers(["cache1", "cache2"])?.build()?;
//! client.behaviors().update([("ketama", true), ("cas", true)])?;
//! client.set("greeting", "hello").expire(Duration::from_secs(60)).await?;
//! let stored = client.set_many([("1", "x"), ("2", "y")]).key_prefix("user:").await;
//! let failed: Vec<_> = stored.failed().collect();
//! let users = client.get_many(["1", "2", "3"]).key_prefix("user:").await;
//! let users: HashMap<_, String> = users.into_map()?;
//! if let Some(item) = client.gets::<String>("greeting").await? {
//!     client.cas("greeting", item.value + "!", item.cas).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::builder`]: crate::Client::builder
//! [`get`]: crate::Client::get
//! [`gets`]: crate::Client::gets
//! [`gat`]: crate::Client::gat
//! [`gats`]: crate::Client::gats
//! [`exists`]: crate::Client::exists
//! [`set`]: crate::Client::set
//! [`add`]: crate::Client::add
//! [`replace`]: crate::Client::replace
//! [`append`]: crate::Client::append
//! [`prepend`]: crate::Client::prepend
//! [`cas`]: crate::Client::cas
//! [`delete`]: crate::Client::delete
//! [`incr`]: crate::Client::incr
//! [`decr`]: crate::Client::decr
//! [`touch`]: crate::Client::touch
//! [`get_many`]: crate::Client::get_many
//! [`gets_many`]: crate::Client::gets_many
//! [`gat_many`]: crate::Client::gat_many
//! [`set_many`]: crate::Client::set_many
//! [`add_many`]: crate::Client::add_many
//! [`delete_many`]: crate::Client::delete_many
//! [`incr_many`]: crate::Client::incr_many
//! [`decr_many`]: crate::Client::decr_many
//! [`touch_many`]: crate::Client::touch_many
//! [`stats`]: crate::Client::stats
//! [`version`]: crate::Client::version
//! [`flush_all`]: crate::Client::flush_all
//! [`verbosity`]: crate::Client::verbosity
//! [`metadump`]: crate::Client::metadump
//! [`watch`]: crate::Client::watch
//! [`disconnect_all`]: crate::Client::disconnect_all
//! [`hash`]: crate::Client::hash
//! [`map`]: crate::Client::map
