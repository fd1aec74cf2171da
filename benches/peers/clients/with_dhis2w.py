"""dhis2w-client: asynchronous, models of pydantic. It reads a page of events at a time; the walk is its user's."""

import asyncio

import _common
from dhis2w_client import BasicAuth, Dhis2Client


async def ask(question, what):
    auth = BasicAuth(username=question["username"], password=question["password"])
    async with Dhis2Client(question["url"], auth, timeout=600, allow_version_fallback=True) as client:
        return await what(client)


def data_values(question):
    return asyncio.run(
        ask(
            question,
            lambda client: client.data_values.export(
                data_set=question["data_set"],
                org_unit=question["org_unit"],
                start_date=question["start_date"],
                end_date=question["end_date"],
                children=True,
            ),
        )
    )


def events(question):
    async def walk(client):
        events, page = [], 1
        while True:
            answer = await client.tracker.events(
                program=question["program"],
                org_unit=question["org_unit"],
                ou_mode="DESCENDANTS",
                page=page,
                page_size=1000,
            )
            rows = answer.get("instances") or answer.get("events") or []
            events.extend(rows)
            if not rows:
                return events
            page += 1

    return asyncio.run(ask(question, walk))


def value_rows(answer):
    return _common.value_rows(value.model_dump(by_alias=True) for value in answer.dataValues or [])


_common.main({"data-values": (data_values, value_rows), "events": (events, _common.event_rows)})
