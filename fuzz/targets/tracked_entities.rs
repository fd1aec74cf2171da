#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| dhis2_fuzz::tracked_entities(body));
