"""What every client of the comparison does around its own few lines: read the question, take the time, hand over the rows."""

import csv
import json
import sys
import time

import resource


def main(answers):
    """Runs the function that answers the question in the file named on the command line.

    `answers` maps the kind of a question to a function that takes the question and returns what a user of the library would go
    on with (a frame, a list), and a function that makes of that `(columns, rows)` for the check. Only the first is timed.
    """
    with open(sys.argv[1], encoding="utf-8") as file:
        question = json.load(file)
    extract, rows_of = answers[question["kind"]]
    began = time.perf_counter()
    result = extract(question)
    outcome = {
        "call_seconds": time.perf_counter() - began,
        "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    if question["check"]:
        columns, rows = rows_of(result)
        with open(question["check"], "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            for row in rows:
                writer.writerow(["" if cell is None or cell != cell else cell for cell in row])
    with open(question["outcome"], "w", encoding="utf-8") as file:
        json.dump(outcome, file)


VALUE_KEYS = {
    "dataElement": "data_element_id",
    "period": "period",
    "orgUnit": "organisation_unit_id",
    "categoryOptionCombo": "category_option_combo_id",
    "attributeOptionCombo": "attribute_option_combo_id",
    "value": "value",
}


def value_rows(values):
    """The rows of a list of data values as the server sends them."""
    return list(VALUE_KEYS.values()), ([value.get(key) for key in VALUE_KEYS] for value in values)


def event_rows(events):
    """The rows of a list of events as the server sends them: one for each value, one for an event without any."""

    def rows():
        for event in events:
            for value in event.get("dataValues") or [{}]:
                yield event["event"], value.get("dataElement"), value.get("value")

    return ["event_id", "data_element_id", "value"], rows()


def frame_rows(frame, columns):
    """The rows of those columns that a Polars frame has."""
    there = [column for column in columns if column in frame.columns]
    return there, frame.select(there).iter_rows()
