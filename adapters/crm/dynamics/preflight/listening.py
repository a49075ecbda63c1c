"""What the feed needs of an environment: changes tracked and told to our user, and the webhook meant to hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from adapters.crm.dynamics.environment import Environment
from adapters.crm.dynamics.multipart import Operation
from adapters.crm.dynamics.refusals import refusal
from domain.preflight import Finding, each_or_all, failed, ok, skipped, warning

# Their merges and deletions are followed.
PARTIES = ("account", "contact")
# How a privilege for the whole organization is told.
_WHOLE = "Global"
# Registrations of webhooks among the service endpoints.
_WEBHOOKS = "serviceendpoints?$select=name,url&$filter=contract%20eq%208"


async def tracked(environment: Environment, tables: Sequence[str], held: Mapping[str, str]) -> Sequence[Finding]:
    """`held` is how far each of the user's privileges reaches, by its id; none of them when that is not shown."""
    paths = [f"EntityDefinitions(LogicalName='{name}')?$select=ChangeTrackingEnabled,Privileges" for name in tables]
    answers = await environment.run("describe", [[Operation("GET", path)] for path in paths])
    bad: list[Finding] = []
    for name, [answer] in zip(tables, answers, strict=True):
        # A table that is missing is told by its own check.
        if answer.status == 404:
            continue
        if answer.status != 200:
            raise refusal(f"describe {name}", answer.status, answer.body)
        if not answer.body["ChangeTrackingEnabled"]:
            mend = "switch on Track changes in the table's advanced options"
            bad.append(failed(name, f"changes of {name} are not tracked", mend))
        read = [each["PrivilegeId"] for each in answer.body["Privileges"] if each["PrivilegeType"] == "Read"]
        if any(held.get(each, _WHOLE) != _WHOLE for each in read):
            mend = f"give a security role of the application user Read on {name} at organization level"
            bad.append(failed(name, f"the user reads some rows of {name} only, and is told no changes", mend))
    return each_or_all(bad, "change tracking", f"changes of {', '.join(tables)} are tracked")


async def registered(environment: Environment, path: str, prefix: str) -> Sequence[Finding]:
    """`path` is where our API takes the environment's webhooks, empty when none are meant to come; `prefix` what the
    environment's settings begin with."""
    if not path:
        return [ok("webhook", "none is expected: changes are looked for every few seconds")]
    [[answer]] = await environment.run("read webhooks", [[Operation("GET", _WEBHOOKS)]])
    mend = f"register one to {path} at your API's address, or unset {prefix}WEBHOOK_KEY"
    if answer.status != 200:
        why = refusal("read webhooks", answer.status, answer.body).reason
        return [skipped("webhook", f"what is registered is not shown: {why}", mend)]
    if any(urlsplit(str(each["url"])).path == path for each in answer.body["value"]):
        return [ok("webhook", f"one is registered to {path}")]
    return [warning("webhook", f"no webhook to {path} is registered; changes are found by looking alone", mend)]
