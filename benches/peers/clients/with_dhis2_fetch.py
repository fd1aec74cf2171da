"""dhis2-fetch: facilities one by one or in batches, an SQLite file, pandas. It takes periods by id and no unit with its
children, so it looks up the facilities first."""

import sqlite3
import sys
from pathlib import Path

import _common
import pandas as pd
import requests
from dhis2_fetch import analytics, orgunits
from dhis2_fetch import events as fetch_events


def login(question):
    return question["url"], question["username"], question["password"]


def facilities(question):
    # Its own look-up repeats `fields`, of which the simulator reads one only.
    answer = requests.get(
        f"{question['url']}/api/organisationUnitLevels",
        auth=(question["username"], question["password"]),
        params={"fields": "level,name", "paging": "false"},
        timeout=60,
    )
    levels = {level["level"]: level["name"] for level in answer.json()["organisationUnitLevels"]}
    level = max(levels)
    tree = orgunits.fetch_orgunit_tree(*login(question), level, levels, boundary_ou_uid=question["org_unit"])
    return list(tree[f"{levels[level]}_uid"])


def data_values(question):
    units = facilities(question)
    file = Path(question["work"]) / "values.sqlite"
    file.unlink(missing_ok=True)
    # The list of elements is only for its report on what it found.
    said = analytics.download_dataset_values(
        *login(question), file, [question["data_set"]], [], question["periods"], units
    )
    if said["Failed"]:
        print(f"failed: {said['Failed']}", file=sys.stderr)
    with sqlite3.connect(file) as connection:
        return pd.read_sql("SELECT dx, pe, ou, co, value FROM data", connection)


def events(question):
    units = facilities(question)
    file = Path(question["work"]) / "events.sqlite"
    file.unlink(missing_ok=True)
    fetch_events.download_events(
        *login(question), file, question["program"], None, "1990-01-01", "2050-12-31", units
    )
    return fetch_events.consolidate_events(file)


def value_rows(frame):
    columns = ["data_element_id", "period", "organisation_unit_id", "category_option_combo_id", "value"]
    return columns, frame[["dx", "pe", "ou", "co", "value"]].itertuples(index=False)


def event_rows(frame):
    return ["event_id", "data_element_id", "value"], frame[["event", "de_uid", "value"]].itertuples(index=False)


_common.main({"data-values": (data_values, value_rows), "events": (events, event_rows)})
