"""What people write themselves: requests, everything without paging, a Polars frame of the list."""

import _common
import polars as pl
import requests


def data_values(question):
    answer = requests.get(
        f"{question['url']}/api/dataValueSets",
        auth=(question["username"], question["password"]),
        params={
            "dataSet": question["data_set"],
            "startDate": question["start_date"],
            "endDate": question["end_date"],
            "orgUnit": question["org_unit"],
            "children": "true",
            "paging": "false",
        },
        timeout=600,
    )
    answer.raise_for_status()
    return pl.DataFrame(answer.json()["dataValues"], infer_schema_length=None)


def events(question):
    answer = requests.get(
        f"{question['url']}/api/tracker/events",
        auth=(question["username"], question["password"]),
        params={
            "program": question["program"],
            "orgUnit": question["org_unit"],
            question["mode"]: "DESCENDANTS",
            "fields": "event,status,program,programStage,orgUnit,occurredAt,dataValues[dataElement,value]",
            question["all"]: "true" if question["all"] == "skipPaging" else "false",
        },
        timeout=600,
    )
    answer.raise_for_status()
    body = answer.json()
    frame = pl.DataFrame(body.get("events") or body.get("instances") or [], infer_schema_length=None)
    return frame.explode("dataValues").unnest("dataValues")


VALUE_COLUMNS = list(_common.VALUE_KEYS)


def value_rows(frame):
    there, rows = _common.frame_rows(frame, VALUE_COLUMNS)
    return [_common.VALUE_KEYS[column] for column in there], rows


def event_rows(frame):
    return ["event_id", "data_element_id", "value"], frame.select("event", "dataElement", "value").iter_rows()


_common.main({"data-values": (data_values, value_rows), "events": (events, event_rows)})
