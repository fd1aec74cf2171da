"""dhis2-client: a thin client that hands out the server's JSON; its pages of events are walked by its own `fetch_all`."""

import _common
from dhis2_client.client import DHIS2Client


def connect(question):
    return DHIS2Client(question["url"], username=question["username"], password=question["password"], timeout=600)


def data_values(question):
    params = {
        "dataSet": question["data_set"],
        "orgUnit": question["org_unit"],
        "startDate": question["start_date"],
        "endDate": question["end_date"],
        "children": "true",
    }
    return connect(question).get_data_value_set(params)


def events(question):
    params = {
        "program": question["program"],
        "orgUnit": question["org_unit"],
        question["mode"]: "DESCENDANTS",
        "totalPages": "true",
    }
    return connect(question).fetch_all("/api/tracker/events", params=params, page_size=1000)


_common.main(
    {
        "data-values": (data_values, lambda answer: _common.value_rows(answer.get("dataValues", []))),
        "events": (events, _common.event_rows),
    }
)
