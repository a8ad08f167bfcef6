//! Python's own pickles of every protocol, and pickles that mean harm.

use proptest::prelude::*;

use super::super::write;
use super::*;

use Python::{Bool, Bytes, Dict, Float, FrozenSet, Int, List, None, Set, Str, Tuple};

/// Each value under the name that `tests/data/pickles.tsv` has for it.
fn value(python: &str) -> Python {
    let int = |number: i128| Int(number.into());
    let str = |text: &str| Str(text.to_owned());
    let ints = |numbers: &[i128]| numbers.iter().map(|number| int(*number)).collect();
    match python {
        "None" => None,
        "True" => Bool(true),
        "False" => Bool(false),
        "2**31" => int(1 << 31),
        "2**64" => int(1 << 64),
        "-(2**63)" => int(-(1 << 63)),
        "2**127" => Int((1_u128 << 127).into()),
        "-(2**127)" => int(i128::MIN),
        "2**128-1" => Int(u128::MAX.into()),
        "1.5" => Float(1.5),
        "-0.0" => Float(-0.0),
        "float('inf')" => Float(f64::INFINITY),
        "''" => str(""),
        r"'é\n\\'" => str("é\n\\"),
        "'a'*300" => str(&"a".repeat(300)),
        "b''" => Bytes(vec![]),
        r"b'a\xff'" => Bytes(b"a\xff".to_vec()),
        "b'a'*300" => Bytes(vec![b'a'; 300]),
        "bytearray(b'ba')" => Bytes(b"ba".to_vec()),
        "[]" => List(vec![]),
        "[1,'a',b'b']" => List(vec![int(1), str("a"), Bytes(b"b".to_vec())]),
        "()" => Tuple(vec![]),
        "(1,)" => Tuple(ints(&[1])),
        "(1,2)" => Tuple(ints(&[1, 2])),
        "(1,2,3)" => Tuple(ints(&[1, 2, 3])),
        "(1,2,3,4)" => Tuple(ints(&[1, 2, 3, 4])),
        "{}" => Dict(vec![]),
        "{'a':1,'b':[2]}" => Dict(vec![(str("a"), int(1)), (str("b"), List(ints(&[2])))]),
        "{1,2}" => Set(ints(&[1, 2])),
        "set()" => Set(vec![]),
        "frozenset({3})" => FrozenSet(ints(&[3])),
        "[{'name':'x'},{'name':'y'}]" => {
            let named = |name| Dict(vec![(str("name"), str(name))]);
            List(vec![named("x"), named("y")])
        }
        "(lambda a:[a,a])([7])" => List(vec![List(ints(&[7])), List(ints(&[7]))]),
        digits => int(digits.parse().unwrap()),
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

#[test]
fn pythons_pickles_of_every_protocol() {
    let rows = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/pickles.tsv"
    ))
    .lines()
    .skip(1);
    let mut count = 0;
    for row in rows {
        let [protocol, pickle, python] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let read = unpickle(&unhex(pickle));
        assert_eq!(
            read.map_err(|error| error.to_string()),
            Ok(value(python)),
            "{python} in protocol {protocol}"
        );
        count += 1;
    }
    assert_eq!(count, 222);
}

/// What is written is read back, so it is what Python writes in another spelling.
#[test]
fn what_is_written_is_read() {
    for row in include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/pickles.tsv"
    ))
    .lines()
    .skip(1)
    {
        let tree = value(row.split('\t').nth(2).unwrap());
        assert_eq!(unpickle(&write::pickle(&tree).unwrap()).unwrap(), tree);
    }
}

fn check(pickle: &[u8], fault: &str) {
    let error = unpickle(pickle).unwrap_err().to_string();
    assert_eq!(
        error,
        format!("the pickle is not read: {fault}"),
        "{}",
        pickle[..pickle.len().min(100)].escape_ascii()
    );
}

#[test]
fn nothing_is_run() {
    check(
        b"cos\nsystem\n(S'true'\ntR.",
        "it makes a os.system, which is not plain data",
    );
    check(
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
        "it makes a os.system, which is not plain data",
    );
    check(
        b"cbuiltins\nlen\n.",
        "it makes a builtins.len, which is not plain data",
    );
    // `datetime.date(2020, 1, 2)`, and an instance of a class.
    check(
        b"\x80\x02cdatetime\ndate\nU\x04\x07\xe4\x01\x02\x85R.",
        "it makes a datetime.date, which is not plain data",
    );
    check(
        b"\x80\x02c__main__\nA\n)\x81.",
        "opcode 0x81 at byte 15 is not one of plain data",
    );
}

#[test]
fn broken_pickles() {
    check(b"", "it ends too early");
    check(b"\x80\x05", "it ends too early");
    check(b"K\x01", "it ends too early");
    check(b"X\xff\xff\xff\xffab.", "it ends too early");
    check(
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xffab.",
        "it ends too early",
    );
    check(
        b"X\x01\0\0\0\xff.",
        "the operand at byte 6 is none of its opcode",
    );
    check(b"Ix\n.", "the operand at byte 3 is none of its opcode");
    check(b".", "its stack or memo lacks what it asks for");
    check(b"(.", "its stack or memo lacks what it asks for");
    check(b"N(00.", "its stack or memo lacks what it asks for");
    check(b"h\x00.", "its stack or memo lacks what it asks for");
    check(b"NNa.", "it puts something where its kind does not fit");
    check(b"}(Nu.", "it puts something where its kind does not fit");
    check(
        b"\x8a\x11\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01.",
        "an integer has over 128 bits",
    );
    let digits = format!("L{}L\n.", "9".repeat(40));
    check(digits.as_bytes(), "an integer has over 128 bits");
}

/// Two bytes for a level, two for a doubling, one for a mark: none takes more than it may.
#[test]
fn bombs() {
    let deep = [&[b'N'][..], &[0x85; 100_000], b"."].concat();
    check(&deep, "it is more than 64 levels deep, or holds itself");
    check(
        b"]q\x00h\x00a.",
        "it is more than 64 levels deep, or holds itself",
    );
    let mut doubled = b"X\x04\0\0\0aaaaq\x00".to_vec();
    for memo in 0..40 {
        doubled.extend([b'0', b'h', memo, b'h', memo, 0x86, b'q', memo + 1]);
    }
    doubled.push(b'.');
    check(&doubled, "it takes more than 64 MiB");
    let many: [(&[u8], &[u8], usize); 4] = [
        (b"", b"(", 9 << 20),
        (b"", b"N", 2 << 20),
        (b"Nq\x00", b"h\x00", 9 << 20),
        (b"N", b"r\0\0\0\0", 5 << 20),
    ];
    for (start, more, count) in many {
        check(
            &[start, &more.repeat(count)].concat(),
            "it takes more than 64 MiB",
        );
    }
    // A list of a thousand, and sets of it.
    let set = b"cbuiltins\nset\nh\x00\x85R";
    let sets = [&b"](q\x00"[..], &[b'N'; 1000], b"e", &set.repeat(20_000)].concat();
    check(&sets, "it takes more than 64 MiB");
}

#[test]
fn the_same_twice() {
    let twice = Python::Tuple(vec![Python::None, Python::None]);
    assert_eq!(unpickle(b"N2\x86.").unwrap(), twice);
    check(b"2.", "its stack or memo lacks what it asks for");
    check(b"N(2.", "its stack or memo lacks what it asks for");
}

#[test]
fn what_python_does_not_know() {
    check(b"\x80\x06N.", "its protocol is 6, and up to 5 are known");
    let kind = "it puts something where its kind does not fit";
    check(b"c_codecs\nencode\n(VL\nVlatin2\ntR.", kind);
    let latin = b"c_codecs\nencode\n(VL\nVlatin1\ntR.";
    assert_eq!(unpickle(latin).unwrap(), Python::Bytes(b"L".to_vec()));
}

#[test]
fn what_stands_behind_the_end_is_ignored() {
    assert_eq!(unpickle(b"N.junk").unwrap(), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let _ = unpickle(&bytes);
    }

    /// Opcodes alone get further than any bytes do.
    #[test]
    fn any_opcodes_are_read_or_refused(
        codes in prop::collection::vec(prop::sample::select(&b"(012)]}\x8f\x85\x86\x87tldaesu\x90\x91NK\x94q\x00h\x01R\x93."[..]), 0..200),
    ) {
        let _ = unpickle(&codes);
    }
}
