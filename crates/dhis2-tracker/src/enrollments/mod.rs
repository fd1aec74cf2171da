//! Enrollments: `GET /api/tracker/enrollments`, 2.38 to 2.43.

mod attribute_source;
mod attributes;
mod columns;
pub(crate) mod extract;
mod flatten;
mod query;
mod source;

pub use attributes::{
    extract_enrollment_attributes, extract_enrollments_with_attributes, prepare_enrollment_attributes,
};
pub use columns::{ENROLLMENT_ATTRIBUTES, ENROLLMENTS};
pub use extract::{extract_enrollments, prepare_enrollments};
pub use flatten::Flatten;
pub use query::{EnrollmentQuery, EnrollmentQueryBuilder, EnrollmentStatus, PAGE_SIZE};

#[cfg(test)]
mod tests;
