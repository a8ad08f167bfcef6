//! libFuzzer's way in to `udp_request`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::udp_request);
