//! The pools against real memcacheds.

#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "tokio")]
mod tokio;

/// The clients' connections among a server's rows of `stats conns`. It may not have seen yet that one is closed.
fn open(rows: &[(String, String)]) -> usize {
    let states = rows.iter().filter(|(name, _)| name.ends_with(":state"));
    states
        .filter(|(_, state)| state != "conn_listening")
        .count()
}

/// Panics without a word of it in the output.
fn panic_silently() -> ! {
    std::panic::resume_unwind(Box::new("meant to be"))
}
