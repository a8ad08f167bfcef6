//! Names and numbers: pylibmc's tables, both ways, and what is refused.

use mc_hash::{Algorithm, HASHERS, HASHERS_RVS};

type Function = fn(&[u8]) -> u32;

/// pylibmc 1.6.3's `hashers`, as it prints it.
const PYLIBMC: [(&str, u32); 10] = [
    ("default", 0),
    ("md5", 1),
    ("crc", 2),
    ("fnv1_64", 3),
    ("fnv1a_64", 4),
    ("fnv1_32", 5),
    ("fnv1a_32", 6),
    ("hsieh", 7),
    ("murmur", 8),
    ("jenkins", 9),
];

#[test]
fn tables_are_pylibmcs() {
    assert_eq!(HASHERS, PYLIBMC);
    assert_eq!(HASHERS_RVS, PYLIBMC.map(|(name, number)| (number, name)));
}

#[test]
fn names_and_numbers_lead_back() {
    for (at, algorithm) in Algorithm::ALL.into_iter().enumerate() {
        assert_eq!(algorithm.number() as usize, at);
        assert_eq!(Algorithm::try_from(algorithm.number()), Ok(algorithm));
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    assert_eq!(Algorithm::default().name(), "default");
}

/// Every function, by the name of its variant.
#[test]
fn the_enum_calls_the_function_of_its_name() {
    let functions: [(&str, Function); 11] = [
        ("default", mc_hash::one_at_a_time),
        ("md5", mc_hash::md5),
        ("crc", mc_hash::crc),
        ("fnv1_64", mc_hash::fnv1_64),
        ("fnv1a_64", mc_hash::fnv1a_64),
        ("fnv1_32", mc_hash::fnv1_32),
        ("fnv1a_32", mc_hash::fnv1a_32),
        ("hsieh", mc_hash::hsieh),
        ("murmur", mc_hash::murmur),
        ("jenkins", mc_hash::jenkins),
        ("murmur3", mc_hash::murmur3),
    ];
    for (name, function) in functions {
        let algorithm: Algorithm = name.parse().unwrap();
        assert_eq!(algorithm.hash(b"a\xe9key"), function(b"a\xe9key"), "{name}");
    }
}

#[test]
fn what_is_refused_is_shown() {
    const NAMES: &str = "default, md5, crc, fnv1_64, fnv1a_64, fnv1_32, fnv1a_32, hsieh, murmur, jenkins or murmur3";
    let rows = [
        ("", "\"\""),
        ("MD5", "\"MD5\""),
        ("md5 ", "\"md5 \""),
        ("a\"\nb\u{e9}", r#""a\"\nb\xc3\xa9""#),
        (&"x".repeat(32), &format!("\"{}\"", "x".repeat(32))),
        (&"x".repeat(33), &format!("\"{}…\"", "x".repeat(32))),
        (&"é".repeat(20), &format!("\"{}…\"", r"\xc3\xa9".repeat(16))),
    ];
    for (name, shown) in rows {
        let error = name.parse::<Algorithm>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown hash {shown}: use {NAMES}")
        );
    }
    for number in [11, 12, u32::MAX] {
        let error = Algorithm::try_from(number).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unknown hash number {number}: use 0 to 10")
        );
    }
}
