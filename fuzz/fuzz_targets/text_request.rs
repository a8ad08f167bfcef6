//! libFuzzer's way in to `text_request`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::text_request);
