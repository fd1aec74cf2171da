//! Whole extracts, from the facade over the network to a simulated server of every version that holds the country of the
//! recorded one; each compared with that server's database.

/// Makes a test for every line of DHIS2 of each function.
macro_rules! on_every_line {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            use dhis2_tests::served::Served;

            #[test]
            fn v2_38() {
                super::$name(Served::of_line("2.38"));
            }

            #[test]
            fn v2_39() {
                super::$name(Served::of_line("2.39"));
            }

            #[test]
            fn v2_40() {
                super::$name(Served::of_line("2.40"));
            }

            #[test]
            fn v2_41() {
                super::$name(Served::of_line("2.41"));
            }

            #[test]
            fn v2_42() {
                super::$name(Served::of_line("2.42"));
            }

            #[test]
            fn v2_43() {
                super::$name(Served::of_line("2.43"));
            }
        }
    )* };
}

mod analytics;
mod clerk;
mod copies;
mod counts;
mod enrollments;
mod event_conditions;
mod events;
mod export;
mod finding;
mod imports;
mod metadata;
mod periods;
mod places;
mod program_whole;
mod random;
mod random_tracker;
mod relationships;
mod requests;
mod rich_events;
mod schedule;
mod tracked_entities;
mod tracker_clerk;
mod updates;
mod what;
mod world;
