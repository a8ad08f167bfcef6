//! The pools against real memcacheds.

#[cfg(feature = "blocking")]
mod blocking;
#[cfg(feature = "tokio")]
mod tokio;

/// Panics without a word of it in the output.
fn panic_silently() -> ! {
    std::panic::resume_unwind(Box::new("meant to be"))
}
