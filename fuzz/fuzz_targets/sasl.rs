//! libFuzzer's way in to `sasl`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::sasl);
