//! What storing and reading a value allocate, counted by a profiling allocator.
//!
//! A program of its own, without a harness, as the count is the whole program's, and a harness allocates beside it.

use bytes::Bytes;
use mc_client::value::{Codec, Compress, Pylibmc};
use mc_client::{FromValue, IntoValue, Raw};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let codec = Pylibmc::default();
    let text = "a".repeat(1000);

    check("a borrowed str", 0, || store(&codec, text.as_str()));
    check("borrowed bytes", 0, || store(&codec, text.as_bytes()));
    check("a bool", 0, || store(&codec, true));
    check("None", 0, || store(&codec, None::<&str>));
    let bytes = Bytes::from(text.clone());
    let _shared = bytes.clone(); // the first takes a count
    check("shared bytes", 0, || store(&codec, &bytes));
    check("an integer's digits", 1, || store(&codec, u64::MAX));

    check("Bytes", 0, || read::<Bytes>(&codec, 0, &bytes));
    check("Raw", 0, || read::<Raw>(&codec, 16, &bytes));
    check("Vec", 1, || read::<Vec<u8>>(&codec, 0, &bytes));
    check("String", 1, || read::<String>(&codec, 16, &bytes));
    let digits = Bytes::from_static(b"12345");
    check("a number", 0, || read::<u64>(&codec, 4, &digits));
    let float = Bytes::from_static(b"\x80\x02G\x3f\xf8\0\0\0\0\0\0.");
    check("a float", 0, || read::<f64>(&codec, 1, &float));
}

fn store<'a>(codec: &dyn Codec, value: impl IntoValue<'a>) {
    codec
        .encode(value.into_value().unwrap(), Compress::default())
        .unwrap();
}

fn read<T: FromValue>(codec: &dyn Codec, flags: u32, data: &Bytes) {
    T::decode(codec, flags, data.clone(), 1 << 20).unwrap();
}

fn check(what: &str, expected: u64, run: impl Fn()) {
    let before = dhat::HeapStats::get().total_blocks;
    run();
    let found = dhat::HeapStats::get().total_blocks - before;
    assert_eq!(found, expected, "{what}");
}
