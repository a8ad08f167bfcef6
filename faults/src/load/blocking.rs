//! The blocking client under the same load: each call keeps a thread for itself.

use std::sync::Arc;
use std::time::Duration;

use mc_client::CasOutcome;
use mc_client::blocking::Client;
use tokio::task::block_in_place;

use super::cache::{Asked, Cache, Failure, Told};

impl Cache for Arc<Client> {
    async fn ask(&self, asked: Asked<'_>, within: Duration) -> Result<Told, Failure> {
        block_in_place(|| call(self, asked, within))
    }
}

fn call(client: &Client, asked: Asked<'_>, within: Duration) -> Result<Told, Failure> {
    Ok(match asked {
        Asked::Get(key) => Told::Value(client.get(key).deadline(within).call()?),
        Asked::Gets(key) => {
            let item = client.gets(key).deadline(within).call()?;
            Told::Item(item.map(|item| (item.value, item.cas)))
        }
        Asked::GetMany(keys) => {
            let found = client.get_many(keys).deadline(within).call();
            Told::Values(found.all()?)
        }
        Asked::Set(key, value) => {
            client.set(key, value).deadline(within).call()?;
            Told::Stored(true)
        }
        Asked::Cas(key, value, unique) => {
            let outcome = client.cas(key, value, unique).deadline(within).call()?;
            Told::Stored(outcome == CasOutcome::Stored)
        }
        Asked::Start(key) => {
            client.set(key, 0_u64).deadline(within).call()?;
            Told::Stored(true)
        }
        Asked::Incr(key) => Told::Number(client.incr(key, 1).deadline(within).call()?),
    })
}
