//! Known answers: what libhashkit 1.1.4 recorded, a few keys of each kind.
//!
//! Thousands more are in the workspace's `testdata/hash.tsv`, which `cargo xtask vectors` checks.

use mc_hash::Algorithm;

/// A key, and its hash by each of [`Algorithm::ALL`].
type Row = (&'static [u8], [u32; Algorithm::ALL.len()]);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (b"", [0x0000_0000, 0xd98c_1dd4, 0x0000_0000, 0x8422_2325, 0x8422_2325, 0x811c_9dc5, 0x811c_9dc5, 0x0000_0000, 0x0000_0000, 0xdead_befc, 0x0000_0000]),
    (b"\x00", [0x0000_0000, 0xad85_b893, 0x0000_5202, 0x8601_b7df, 0x8601_b7df, 0x050c_5d1f, 0x050c_5d1f, 0x0000_0000, 0xa46d_9286, 0x8503_b213, 0xdd6a_89d7]),
    (b"a", [0xca2e_9442, 0xb975_c10c, 0x0000_68b7, 0x8601_b7be, 0x8601_ec8c, 0x050c_5d7e, 0xe40c_292c, 0x9364_2e87, 0x4b41_757c, 0xe0a3_8690, 0x8872_dbc8]),
    (b"f101", [0xe67a_595f, 0x57a0_732e, 0x0000_1438, 0xe389_b11b, 0x0127_9e2b, 0xf237_43fb, 0x45c3_3d4b, 0x1cf1_dba8, 0x5929_df35, 0x440f_e97e, 0xca8f_1127]),
    (b"cart:68", [0xf5d5_b64a, 0x0d45_b07f, 0x0000_0b37, 0x3d48_feb5, 0xcc29_8139, 0x6595_7055, 0xd12a_b199, 0xa645_59ea, 0xe570_3393, 0x16ce_3274, 0x1019_8bd2]),
    (b"feed:676749", [0x9e82_292e, 0x3972_ca3f, 0x0000_7b07, 0x3675_6260, 0xf055_2c72, 0x115f_0a00, 0xe339_2ff2, 0xf77f_f62b, 0x489e_27d1, 0xf7cd_74ff, 0xcdb1_cfd4]),
    (b"img:42934444", [0xc4c4_3d1f, 0x398e_86d8, 0x0000_6070, 0x3cf2_5396, 0xc133_5cc0, 0x7a55_4156, 0x0faa_7220, 0xb7a8_a9c2, 0x6305_9282, 0xa65e_d291, 0xfacf_8d49]),
    (b"token_acl_v96", [0x5dc0_fc5d, 0x84a2_2a1d, 0x0000_0e2c, 0x0d44_a957, 0x2db3_ba17, 0x4226_df57, 0xccca_11d7, 0x8673_4f82, 0xa6fb_84bc, 0x5f87_cbe1, 0x466a_ae5c]),
    (b"session_post_v53", [0x8926_1811, 0x889e_6095, 0x0000_6037, 0x07d8_eef3, 0x5a03_25d3, 0x519b_7893, 0x83aa_5333, 0x8389_f19f, 0xee3b_ce82, 0x4d80_2514, 0xeb24_98e3]),
    (b"\x80", [0xc31d_4e27, 0x7edd_398d, 0x0000_3fba, 0x79fe_485f, 0x79fd_ec5f, 0xfaf3_a29f, 0x04f3_b29f, 0xd6f4_cb32, 0x9055_6245, 0xb16f_de48, 0xed79_afb2]),
    (b"\xff\xff", [0xe9c2_d586, 0x280d_2aab, 0x0000_7fff, 0xb4eb_719f, 0xb4ee_5163, 0x1276_995f, 0x3679_10a3, 0x03be_b609, 0xde0b_cf8b, 0x5952_6a84, 0x11c1_79e8]),
    (b"\xff\xff\xff", [0x0207_a625, 0xe7d4_9785, 0x0000_7fff, 0x93ed_eed2, 0x8f0b_b314, 0x904c_8f72, 0x9b6a_cdd4, 0x8a98_f6ae, 0x8148_ae87, 0x2723_4079, 0x8742_76df]),
    (b"\xd8\xf1\xfc\xf0\xd4\x91\xf3", [0x9406_177b, 0x9fe4_8228, 0x0000_1642, 0x8140_03f4, 0x5c56_e60a, 0x4498_6e34, 0x7dff_4f2a, 0x7884_965f, 0xb1d1_1f9a, 0x2b84_81c6, 0xff4e_5571]),
    (b"\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87:3194", [0x3cf5_190c, 0xede3_1a7b, 0x0000_095e, 0xd4c8_f53a, 0x9c5f_8ca0, 0x6998_d53a, 0x8534_0b00, 0xc22b_226b, 0x7834_4af1, 0xbdea_8af1, 0xadf2_dc52]),
    (b"\x94\xfa\x88\x9a\xf7\xd7\x8a\xa8\x9e\xa4\x91\x93\xbd\xf5\xb0\x8b\x8f\x93\x8b\xf5\xf3\xf5\xaf\xf9\xf5", [0xb189_c008, 0xaca5_ab28, 0x0000_4428, 0x4f86_3441, 0xb680_d381, 0x2671_7881, 0xba74_a7c1, 0x7fd3_f738, 0xad8f_2722, 0xfab9_95ea, 0xa6df_e14c]),
];

fn check((key, hashes): &Row) {
    let ours = Algorithm::ALL.map(|algorithm| algorithm.hash(key));
    assert_eq!(ours, *hashes, "{}", key.escape_ascii());
}

#[test]
fn libhashkit_agrees() {
    ROWS.iter().for_each(check);
}

/// RFC 1321, appendix A.5: the digest of "abc" is 90015098 3cd24fb0 d6963f7d 28e17f72.
#[test]
fn md5_points_are_the_whole_digest() {
    let digest = [0x9850_0190, 0xb04f_d23c, 0x7d3f_96d6, 0x727f_e128];
    assert_eq!(mc_hash::md5_points(b"abc"), digest);
}
