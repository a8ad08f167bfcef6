//! libFuzzer's way in to `config_string`.
#![cfg_attr(fuzzing, no_main)]
mc_fuzz::entry!(mc_fuzz::targets::config_string);
