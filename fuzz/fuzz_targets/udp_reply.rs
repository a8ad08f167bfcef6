//! libFuzzer's way in to `udp_reply`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::udp_reply);
