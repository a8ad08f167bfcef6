//! libFuzzer's way in to `connection`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::connection);
