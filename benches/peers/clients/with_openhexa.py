"""openhexa.toolbox: its own functions, as its documentation calls them."""

from datetime import datetime

import _common
from openhexa.toolbox.dhis2 import DHIS2
from openhexa.toolbox.dhis2.dataframe import extract_dataset, extract_events


def connect(question):
    return DHIS2(url=question["url"], username=question["username"], password=question["password"])


def data_values(question):
    return extract_dataset(
        connect(question),
        dataset=question["data_set"],
        start_date=datetime.fromisoformat(question["start_date"]),
        end_date=datetime.fromisoformat(question["end_date"]),
        org_units=[question["org_unit"]],
        include_children=True,
    )


def events(question):
    return extract_events(connect(question), program_id=question["program"], org_unit_parents=[question["org_unit"]])


VALUE_COLUMNS = list(_common.VALUE_KEYS.values())
EVENT_COLUMNS = ["event_id", "data_element_id", "value"]

_common.main(
    {
        "data-values": (data_values, lambda frame: _common.frame_rows(frame, VALUE_COLUMNS)),
        "events": (events, lambda frame: _common.frame_rows(frame, EVENT_COLUMNS)),
    }
)
