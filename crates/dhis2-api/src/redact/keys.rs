//! What the keys of answers and the parameters of requests hold.

/// What is done with what a key or a parameter holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It says nothing about anybody.
    Stays,
    /// Ids of what belongs to persons.
    OtherIds,
    /// A message of the server.
    Words,
    /// Anything else.
    Masked,
}

/// What a request asks of, as far as that changes what a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Lists and objects of metadata, data values, analytics, settings.
    Metadata,
    /// Tracked entities, enrollments, events, relationships.
    Tracker,
    /// Accounts: their ids and codes are those of persons.
    Accounts,
}

/// Keys of answers whose texts and numbers stay.
const STAY: &[&str] = &[
    // ids and codes of metadata
    "attribute",
    "attributeCategoryOptions",
    "attributeOptionCombo",
    "categoryCombo",
    "categoryOptionCombo",
    "co",
    "ao",
    "code",
    "dataElement",
    "dataSet",
    "dx",
    "id",
    "optionSet",
    "orgUnit",
    "ou",
    "path",
    "pe",
    "period",
    "program",
    "programStage",
    "relationshipType",
    "trackedEntityAttribute",
    "trackedEntityType",
    // the server
    "authorities",
    "buildTime",
    "calendar",
    "dateFormat",
    "revision",
    "serverDate",
    "serverTimeZoneDisplayName",
    "serverTimeZoneId",
    "version",
    // paging and form
    "headerWidth",
    "height",
    "page",
    "pageCount",
    "pageSize",
    "total",
    "width",
    // types
    "aggregationType",
    "dataDimensionType",
    "dimensionType",
    "domainType",
    "featureType",
    "periodType",
    "programType",
    "relationshipEntity",
    "type",
    "valueType",
    // statuses
    "enrollmentStatus",
    "errorCode",
    "httpStatus",
    "httpStatusCode",
    "status",
    // times
    "closedDate",
    "completeDate",
    "completedAt",
    "created",
    "createdAt",
    "createdAtClient",
    "enrolledAt",
    "lastUpdated",
    "occurredAt",
    "openingDate",
    "scheduledAt",
    "storedAt",
    "updatedAt",
    "updatedAtClient",
    // settings of metadata
    "dataElementIdScheme",
    "expiryDays",
    "level",
    "maxTeiCountToReturn",
    "minAttributesRequiredToSearch",
    "openFuturePeriods",
    "orgUnitIdScheme",
    "sortOrder",
];

/// Keys of answers, and parameters, that hold ids of what belongs to persons.
const OTHER_IDS: &[&str] = &[
    "enrollment",
    "enrollments",
    "event",
    "events",
    "note",
    "relationship",
    "relationships",
    "trackedEntities",
    "trackedEntity",
    "trackedEntityInstance",
    "uid",
    "user",
];

/// Keys above an account, or a list of accounts.
const ACCOUNTS: &[&str] = &[
    "assignedUser",
    "completedByUser",
    "createdBy",
    "createdByUserInfo",
    "lastUpdatedBy",
    "lastUpdatedByUserInfo",
    "updatedBy",
    "user",
    "userCredentials",
    "userInfo",
    "users",
];

/// The parameters that stay.
const PARAMS: &[&str] = &[
    "assignedUserMode",
    "async",
    "attributeCategoryCombo",
    "attributeCategoryOptions",
    "attributeCc",
    "attributeCos",
    "attributeOptionCombo",
    "children",
    "dataElement",
    "dataElementGroup",
    "dataElementIdScheme",
    "dataSet",
    "dryRun",
    "endDate",
    "enrolledAfter",
    "enrolledBefore",
    "enrollmentStatus",
    "fields",
    "followUp",
    "idScheme",
    "importStrategy",
    "includeDeleted",
    "lastUpdated",
    "lastUpdatedDuration",
    "limit",
    "occurredAfter",
    "occurredBefore",
    "order",
    "orgUnit",
    "orgUnitGroup",
    "orgUnitIdScheme",
    "orgUnitMode",
    "orgUnits",
    "ouMode",
    "page",
    "pageSize",
    "paging",
    "period",
    "program",
    "programStage",
    "programStatus",
    "rootJunction",
    "scheduledAfter",
    "scheduledBefore",
    "skipData",
    "skipMeta",
    "skipPaging",
    "startDate",
    "status",
    "totalPages",
    "trackedEntityType",
    "updatedAfter",
    "updatedBefore",
    "updatedWithin",
];

/// Columns of analytics tables whose cells stay.
const COLUMNS: &[&str] = &["ao", "ap", "co", "dx", "ou", "pe"];

/// What is done with what a key holds. `above` is the key of the object in which it stands; none at the top.
pub(super) fn of_key(kind: Kind, above: Option<&str>, key: &str) -> Rule {
    let of_account = match above {
        Some(above) => ACCOUNTS.contains(&above),
        None => kind == Kind::Accounts,
    };
    match key {
        "id" if of_account => Rule::OtherIds,
        "code" if of_account => Rule::Masked,
        // The columns of analytics.
        "name" if above == Some("headers") => Rule::Stays,
        "message" | "devMessage" => Rule::Words,
        // Of a unit; of a refused request it could be anything.
        "path" if kind != Kind::Metadata => Rule::Masked,
        key if STAY.contains(&key) => Rule::Stays,
        key if OTHER_IDS.contains(&key) => Rule::OtherIds,
        _ => Rule::Masked,
    }
}

/// What is done with the cells of a column of analytics.
pub(super) fn of_column(name: Option<&str>) -> Rule {
    if name.is_some_and(|name| COLUMNS.contains(&name)) { Rule::Stays } else { Rule::Masked }
}

/// What is done with the value of a parameter, but for filters and dimensions.
pub(super) fn of_param(name: &str) -> Rule {
    match name {
        name if PARAMS.contains(&name) => Rule::Stays,
        name if OTHER_IDS.contains(&name) => Rule::OtherIds,
        _ => Rule::Masked,
    }
}
