"""pydhis2: asynchronous, pandas frames. Its cache is off: it would answer the second run from memory."""

import asyncio

import _common
from pydhis2 import DHIS2Config, get_client

AsyncDHIS2Client, _ = get_client()


async def ask(question, what):
    config = DHIS2Config(
        base_url=question["url"],
        auth=(question["username"], question["password"]),
        enable_cache=False,
        timeout=600,
    )
    async with AsyncDHIS2Client(config) as client:
        return await what(client)


def data_values(question):
    return asyncio.run(
        ask(
            question,
            lambda client: client.datavaluesets.pull(
                data_set=question["data_set"],
                org_unit=question["org_unit"],
                start_date=question["start_date"],
                end_date=question["end_date"],
                children=True,
            ),
        )
    )


def events(question):
    return asyncio.run(
        ask(
            question,
            lambda client: client.tracker.events_to_pandas(
                program=question["program"], org_unit=question["org_unit"], org_unit_mode="DESCENDANTS"
            ),
        )
    )


def value_rows(frame):
    there = [key for key in _common.VALUE_KEYS if key in frame.columns]
    return [_common.VALUE_KEYS[key] for key in there], frame[there].itertuples(index=False)


def event_rows(frame):
    """One row an event becomes one for each value again."""

    def rows():
        columns = [column for column in frame.columns if column.startswith("dataValue_")]
        for row in frame.to_dict("records"):
            values = [(column.removeprefix("dataValue_"), row[column]) for column in columns]
            values = [(element, value) for element, value in values if value == value and value is not None]
            for element, value in values or [(None, None)]:
                yield row["event"], element, value

    return ["event_id", "data_element_id", "value"], rows()


_common.main({"data-values": (data_values, value_rows), "events": (events, event_rows)})
