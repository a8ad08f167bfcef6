//! libFuzzer's way in to `pickle`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::pickle);
