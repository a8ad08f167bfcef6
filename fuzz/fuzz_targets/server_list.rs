//! libFuzzer's way in to `server_list`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::server_list);
