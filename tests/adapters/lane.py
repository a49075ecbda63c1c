"""A worker process's CRM adapter by itself: publishes again and again, and tells how long each time took.

Its one argument is a JSON document: settings, the database, the pace, the purpose, the projection's order, and how many
times; without a number until its input ends. A line says when it is ready; each line it reads begins a round.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from typing import Any

from adapters.crm.salesforce import SalesforceCrm, SalesforceSettings
from adapters.crm.spending import Priority, spending
from adapters.errors import Retryable
from domain.allowance import Terms
from runtime.allowance import Metered
from store.engine import Database
from store.quota import PostgresQuota
from tests.adapters.crm import projection


async def main(given: dict[str, Any]) -> None:
    database = Database(given["database"], 2)
    allowance = Metered("main", Terms(86_400, None, 20, given["per_second"]), PostgresQuota(database))
    crm = SalesforceCrm(SalesforceSettings(**given["salesforce"]), allowance)
    purpose = Priority(given["purpose"])
    first = projection(given["return_id"], given["order"])
    aside = asyncio.get_running_loop().run_in_executor
    with spending(purpose):
        version = 1
        await patiently(crm, first)
        print("ready", flush=True)
        while await aside(None, sys.stdin.readline):
            ended = aside(None, sys.stdin.read) if given["times"] is None else None
            took: list[float] = []
            while not ended.done() if ended else len(took) < given["times"]:
                version += 1
                began = time.monotonic()
                await patiently(crm, replace(first, version=version))
                took.append(time.monotonic() - began)
            print(json.dumps(took), flush=True)
    await crm.aclose()
    await allowance.aclose()
    await database.close()


async def patiently(crm: SalesforceCrm, wanted: Any) -> None:
    """As the engine does: again, after the wait that was asked for."""
    while True:
        try:
            await crm.publish(wanted)
            return
        except Retryable as error:
            await asyncio.sleep(error.retry_after or 0.5)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
