//! The servers of an example: those that its arguments name, or else memcacheds of its own.

use mc_testkit::Memcached;

/// Where the servers are.
pub(crate) struct Servers {
    /// Such as `127.0.0.1:11211`, or `cache2:11211:3` with a weight.
    pub(crate) specs: Vec<String>,
    /// Killed with this value.
    _started: Vec<Memcached>,
}

/// The servers that the arguments name, or else one memcached for each weight.
pub(crate) fn servers(weights: &[u32]) -> Result<Servers, mc_testkit::Error> {
    let mut specs: Vec<_> = std::env::args().skip(1).collect();
    let mut started = Vec::new();
    if specs.is_empty() {
        for weight in weights {
            let server = Memcached::start()?;
            specs.push(format!("{}:{weight}", server.address()));
            started.push(server);
        }
    }
    Ok(Servers {
        specs,
        _started: started,
    })
}
