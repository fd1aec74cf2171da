#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| dhis2_fuzz::data_values(body));
