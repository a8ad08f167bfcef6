//! libFuzzer's way in to `server_spec`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::server_spec);
