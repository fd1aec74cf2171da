"""How the rows of a client differ from those of the server.

    check.py TRUTH.csv ROWS.csv

Compared are the columns that the client has. `missing` rows are those of the server that the client has not, `surplus` those
that it has more often than the server; `changed` rows have the right key and another value. Prints JSON.
"""

import collections
import csv
import json
import sys


def read(path, wanted=None):
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        head = next(lines)
        columns = [column for column in (wanted or head) if column in head]
        places = [head.index(column) for column in columns]
        key = [place for place, column in zip(places, columns) if column != "value"]
        value = head.index("value") if "value" in columns else None
        # Hashes take a tenth of the memory of the texts, and a million of them do not meet by chance.
        with_value, keys, rows = collections.Counter(), collections.Counter(), 0
        for line in lines:
            texts = tuple(line[place] for place in key)
            keys[hash(texts)] += 1
            with_value[hash((texts, line[value] if value is not None else None))] += 1
            rows += 1
    return columns, keys, with_value, rows


def columns_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def main():
    truth, given = sys.argv[1:]
    head = columns_of(truth)
    columns, keys, with_value, rows = read(given, wanted=head)
    _, true_keys, true_values, _ = read(truth, wanted=columns)
    missing = (true_keys - keys).total()
    surplus = (keys - true_keys).total()
    changed = (true_values - with_value).total() - missing
    without = [column for column in head if column not in columns]
    print(json.dumps({"rows": rows, "missing": missing, "surplus": surplus, "changed": max(changed, 0), "without_columns": without}))


main()
