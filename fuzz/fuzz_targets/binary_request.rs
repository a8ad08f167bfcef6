//! libFuzzer's way in to `binary_request`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::binary_request);
