"""What people write who have not met paging yet: the first answer is taken for all of it."""

import _common
import polars as pl
import requests


def events(question):
    answer = requests.get(
        f"{question['url']}/api/tracker/events",
        auth=(question["username"], question["password"]),
        params={
            "program": question["program"],
            "orgUnit": question["org_unit"],
            question["mode"]: "DESCENDANTS",
        },
        timeout=600,
    )
    answer.raise_for_status()
    body = answer.json()
    frame = pl.DataFrame(body.get("events") or body.get("instances") or [], infer_schema_length=None)
    return frame.select("event", "dataValues").explode("dataValues").unnest("dataValues")


def event_rows(frame):
    return ["event_id", "data_element_id", "value"], frame.select("event", "dataElement", "value").iter_rows()


_common.main({"events": (events, event_rows)})
