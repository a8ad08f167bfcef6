//! Replies to a batch that are none, or that end it.

use mc_proto::{
    Disposition, Exptime, Limits, ProtocolError, Refusal, RefusalKind, Reply, Request, Sent,
};

use super::{batch_of, check};
use crate::support::{asked, feed_all, get, key, set};

#[test]
fn t5_lines_that_are_no_reply_to_a_part_of_a_batch() {
    let requests = [set(), Request::Delete { key: key("a") }];
    let check = |received: &str, found: &str| {
        let reason = format!("'{found}' is no reply to batch");
        check(batch_of(&requests), received.as_bytes(), &reason);
    };
    check("DELETED\r\n", "DELETED");
    check("STORED\r\nSTORED\r\n", "STORED");
    check("STORED\r\nEND\r\n", "END");
    check("MN\r\n", "MN");
}

/// V5: what a batch is told behind a line that may have lost the connection
/// belongs to nobody.
#[test]
fn v5_a_batch_ends_where_the_ends_may_be_out_of_step() {
    let requests = [
        set(),
        Request::Touch {
            key: key("a"),
            exptime: Exptime::NEVER,
        },
        set(),
        set(),
    ];
    let check = |received: &str, replies: &[Reply]| {
        let mut connection = asked(&[batch_of(&requests), get("a")], Limits::default());
        let (answers, error) = feed_all(&mut connection, received.as_bytes().chunks(5));
        let [answer] = answers.try_into().unwrap();
        assert_eq!(answer.reply, Reply::Batch(replies.to_vec()));
        assert_eq!(answer.disposition, Disposition::Drop);
        assert_eq!(error, Some(ProtocolError::GivenUp));
        assert!(connection.closed(u64::MAX).eq([(1, Sent::Maybe)]));
    };
    let bad = Reply::Refused(Refusal::new(RefusalKind::Client, "bad data chunk"));
    let ok = Reply::Stored;
    check(
        "STORED\r\nTOUCHED\r\nCLIENT_ERROR bad data chunk\r\nERROR\r\n",
        &[ok.clone(), Reply::Touched, bad.clone()],
    );
    check(
        "STORED\r\nTOUCHED\r\nSTORED\r\nCLIENT_ERROR bad data chunk\r\n",
        &[ok.clone(), Reply::Touched, ok.clone(), bad.clone()],
    );
    let unknown = Reply::Refused(RefusalKind::UnknownCommand.into());
    check("STORED\r\nERROR\r\nSTORED\r\n", &[ok, unknown]);
}
