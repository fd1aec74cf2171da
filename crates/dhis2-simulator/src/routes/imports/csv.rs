//! Rows as CSV: the columns of the server's own export.

use super::request::Row;

/// The columns in the order of the export.
const COLUMNS: [&str; 11] = [
    "dataelement",
    "period",
    "orgunit",
    "categoryoptioncombo",
    "attributeoptioncombo",
    "value",
    "storedby",
    "lastupdated",
    "comment",
    "followup",
    "deleted",
];

/// How columns are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Columns {
    /// By their place; there is a header to be read over.
    InOrder,
    /// By their place, without a header.
    WithoutHeader,
    /// By their names in the header, in any order.
    Named,
}

/// The rows of a table.
pub(super) fn rows(text: &str, columns: Columns) -> Vec<Row> {
    let mut records = records(text).into_iter();
    let header = if columns == Columns::WithoutHeader { None } else { records.next() };
    let place_of = |column: &str| {
        let header = header.as_ref().filter(|_| columns == Columns::Named);
        match header {
            Some(names) => names.iter().position(|name| name.trim().eq_ignore_ascii_case(column)),
            None => COLUMNS.iter().position(|name| *name == column),
        }
    };
    let places = COLUMNS.map(place_of);
    records.filter(|cells| cells.iter().any(|cell| !cell.is_empty())).map(|cells| row(&cells, &places)).collect()
}

fn row(cells: &[String], places: &[Option<usize>; 11]) -> Row {
    let cell = |column: usize| cells.get(places[column]?).filter(|cell| !cell.is_empty()).cloned();
    let flag = |column: usize| cell(column).map(|text| text.eq_ignore_ascii_case("true"));
    Row {
        element: cell(0),
        period: cell(1),
        unit: cell(2),
        category_combo: cell(3),
        attribute_combo: cell(4),
        value: cell(5),
        stored_by: cell(6),
        // The eighth is the time of the last change, which the server sets itself.
        comment: cell(8),
        followup: flag(9),
        deleted: flag(10),
    }
}

/// The cells of each line; quoted ones may hold commas, line breaks and doubled quotes.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_known_by_their_place_or_by_the_header() {
        let text = "de,pe,ou,coc,aoc,value,by,at,comment,followup,deleted\nA,202401,U,C,D,\"1,\"\"5\n\",,,x,true\n\n";
        let rows = rows(text, Columns::InOrder);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.element.as_deref(), row.value.as_deref()), (Some("A"), Some("1,\"5\n")));
        assert_eq!((row.comment.as_deref(), row.followup, row.deleted), (Some("x"), Some(true), None));
        let rows = super::rows("value,dataElement\n7,A\n", Columns::Named);
        assert_eq!((rows[0].element.as_deref(), rows[0].value.as_deref()), (Some("A"), Some("7")));
        assert_eq!(super::rows("A,202401\n", Columns::WithoutHeader).len(), 1);
    }
}
