//! What a call of the blocking client allocates, counted by a profiling allocator.
//!
//! A program of its own, without a test harness, whose threads allocate as well: the count is the whole program's.

use bytes::Bytes;
use mc_client::Protocol;
use mc_client::blocking::Client;
use mc_testkit::Memcached;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const CALLS: u64 = 50;

/// A call allocates the value that it gives, and nothing else.
fn main() {
    // So that there is a value of 1 MiB.
    let server = Memcached::builder().max_item_size(2 << 20);
    let server = server.start().unwrap();
    let value = [b'v'; 100];
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let builder = Client::builder()
            .servers([server.address().to_string()])
            .unwrap();
        let client = builder.protocol(protocol).build().unwrap();
        let set = || client.set("key_000123", &value[..]).call().unwrap();
        let get = || {
            let found: Option<Bytes> = client.get("key_000123").call().unwrap();
            assert_eq!(found.unwrap(), &value[..]);
        };
        // The first calls make the connection and its buffers.
        for _ in 0..CALLS {
            set();
            get();
        }
        let _profiler = dhat::Profiler::builder().testing().build();
        assert_eq!(blocks(set), 0, "set, {protocol:?}");
        assert_eq!(blocks(get), CALLS, "get, {protocol:?}");
        vectors_are_used_again(&client);
    }
}

/// A value that is received into a vector stays there, and no memory of its size is made beside it.
fn vectors_are_used_again(client: &Client) {
    for len in [0, 100, 16 << 10, (16 << 10) + 1, 512 << 10, 1 << 20] {
        client.set("key_000124", vec![b'v'; len]).call().unwrap();
        let mut into = Vec::with_capacity(len + 32);
        let memory = (into.as_ptr(), into.capacity());
        let before = dhat::HeapStats::get().total_bytes;
        for _ in 0..CALLS {
            assert!(client.get_into("key_000124", &mut into).call().unwrap());
            assert_eq!(into.len(), len);
            assert_eq!((into.as_ptr(), into.capacity()), memory, "{len} bytes");
        }
        let each = (dhat::HeapStats::get().total_bytes - before) / CALLS;
        assert!(each < 128 << 10, "{each} bytes made for {len}");
    }
}

/// How often so many calls allocate.
fn blocks(call: impl Fn()) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    (0..CALLS).for_each(|_| call());
    dhat::HeapStats::get().total_blocks - before
}
