//! Rows as CSV: the columns of the server's own export, known by their place.

use super::request::Row;

/// The rows of a table, without the first line where that is a header.
pub(super) fn rows(text: &str, header: bool) -> Vec<Row> {
    let mut records = records(text);
    if header && !records.is_empty() {
        records.remove(0);
    }
    records.into_iter().filter(|cells| cells.iter().any(|cell| !cell.is_empty())).map(|cells| row(&cells)).collect()
}

fn row(cells: &[String]) -> Row {
    let cell = |place: usize| cells.get(place).filter(|cell| !cell.is_empty()).cloned();
    let flag = |place: usize| cell(place).map(|text| text.eq_ignore_ascii_case("true"));
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
    fn cells_are_known_by_their_place() {
        let rows = rows(
            "de,pe,ou,coc,aoc,value,by,at,comment,followup,deleted\nA,202401,U,C,D,\"1,\"\"5\n\",,,x,true\n\n",
            true,
        );
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.element.as_deref(), row.value.as_deref()), (Some("A"), Some("1,\"5\n")));
        assert_eq!((row.comment.as_deref(), row.followup, row.deleted), (Some("x"), Some(true), None));
    }
}
