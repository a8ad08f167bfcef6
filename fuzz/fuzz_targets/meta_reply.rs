//! libFuzzer's way in to `meta_reply`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::meta_reply);
