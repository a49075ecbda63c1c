"""An environment's rows of a person whose data are erased: what is ours there is emptied, what is its own is named."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.crm.dynamics.environment import Environment, Lookup, Row
from adapters.crm.dynamics.keys import alternate
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.refusals import refusal
from adapters.crm.dynamics.rows import IDS, KEY, SETS, TABLES
from adapters.crm.dynamics.settings import DynamicsSettings
from adapters.crm.mapping import Compiled
from adapters.crm.port import Cleared


async def clear(
    environment: Environment, settings: DynamicsSettings, mapping: Compiled, return_ids: Sequence[str],
    contacts: Sequence[str], accounts: Sequence[str],
) -> Cleared:  # fmt: skip
    profile = settings.profile
    wanted = (
        ("return", SETS[profile], TABLES[profile], IDS[profile], KEY, [alternate(each) for each in return_ids]),
        ("contact", "contacts", "contact", "contactid", "contactid", list(contacts)),
        ("account", "accounts", "account", "accountid", "accountid", list(accounts)),
    )
    asked = [each for each in wanted if each[-1]]
    names = {concept: mapping.to_clear(concept) for concept, *_ in asked}
    found = await environment.read(
        [
            Lookup(of, (own_id, *names[concept]), key, values, ids=key == own_id)
            for concept, of, _, own_id, key, values in asked
        ]
    )
    cleared: list[str] = []
    left: list[str] = []
    refused: list[str] = []
    for (concept, of, table, own_id, _, _), rows in zip(asked, found, strict=True):
        left += [f"{table} {row[own_id]}" for row in rows if concept != "return"]
        filled = {row[own_id]: body for row in rows if (body := _emptied(row, names[concept]))}
        operations = [
            [Operation("PATCH", f"{of}({record})?tag={settings.tag}", body, {"If-Match": "*"})]
            for record, body in filled.items()
        ]
        answers = await environment.run("clear", operations) if operations else []
        for (record, body), (outcome, *_) in zip(filled.items(), answers, strict=True):
            if outcome.status < 300:
                cleared.append(f"{table} {record}: {', '.join(body)}")
            else:
                refused.append(f"{table} {record}: {refusal('clear', outcome.status, outcome.body)}")
    return Cleared(tuple(cleared), tuple(left), tuple(refused))


def _emptied(row: Row, names: Sequence[str]) -> Row:
    return {name: None for name in names if row.get(name) not in (None, "")}
