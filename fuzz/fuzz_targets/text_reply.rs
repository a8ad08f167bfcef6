//! libFuzzer's way in to `text_reply`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::text_reply);
