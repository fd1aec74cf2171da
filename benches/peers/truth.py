"""What the simulated server holds, asked for by hand, away from every client of the comparison.

    truth.py QUESTION.json ROWS.csv

Data values are one answer: this simulator has no fault that would cut it. Events are walked by pages until one is empty, each
is kept once, and there must be as many as the server counts. Prints what was found as JSON.
"""

import csv
import json
import sys
import urllib.parse
import urllib.request


def get(question, path, **params):
    url = f"{question['url']}/api/{path}?{urllib.parse.urlencode(params, doseq=True)}"
    request = urllib.request.Request(url, headers={"Authorization": f"ApiToken {question['token']}"})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return json.load(answer)


def data_values(question):
    answer = get(
        question,
        "dataValueSets",
        dataSet=question["data_set"],
        startDate=question["start_date"],
        endDate=question["end_date"],
        orgUnit=question["org_unit"],
        children="true",
    )
    # 2.43 says once at the top what all rows share.
    keys = ("dataElement", "period", "orgUnit", "categoryOptionCombo", "attributeOptionCombo", "value")
    shared = {key: answer.get(key) for key in ("period", "orgUnit", "attributeOptionCombo")}
    rows = [[value.get(key, shared.get(key)) for key in keys] for value in answer["dataValues"]]
    columns = ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id"]
    return [*columns, "attribute_option_combo_id", "value"], rows, len(rows)


def events(question):
    found, total, page = {}, None, 1
    while True:
        answer = get(
            question,
            "tracker/events",
            program=question["program"],
            orgUnit=question["org_unit"],
            order="createdAt",
            page=page,
            pageSize=5000,
            totalPages="true",
            fields="event,dataValues[dataElement,value]",
            **{question["mode"]: "DESCENDANTS"},
        )
        # Where rows and total stand differs between versions.
        rows = answer.get("events", answer.get("instances"))
        total = answer.get("pager", answer)["total"]
        if not rows:
            break
        found.update({event["event"]: event.get("dataValues") or [] for event in rows})
        page += 1
    if len(found) != total:
        raise SystemExit(f"the walk found {len(found)} events, the server counts {total}")
    rows = [
        [event, value.get("dataElement"), value.get("value")]
        for event, values in found.items()
        for value in values or [{}]
    ]
    return ["event_id", "data_element_id", "value"], rows, len(found)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        question = json.load(file)
    columns, rows, objects = {"data-values": data_values, "events": events}[question["kind"]](question)
    with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
    periods = sorted({row[1] for row in rows}) if question["kind"] == "data-values" else []
    print(json.dumps({"rows": len(rows), "objects": objects, "periods": periods}))


main()
