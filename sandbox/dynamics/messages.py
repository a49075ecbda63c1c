"""Functions and actions that belong to no table: WhoAmI, RetrieveVersion, CloseIncident, Merge, BulkDelete and more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.dynamics.address import parse, relative
from sandbox.dynamics.bulk_delete import bulk_delete
from sandbox.dynamics.errors import Fault, bad_request, invalid_argument
from sandbox.dynamics.merge import merge
from sandbox.dynamics.metadata import changes
from sandbox.dynamics.metadata.writing import Writing
from sandbox.dynamics.query.options import split
from sandbox.dynamics.reply import Ask, Reply
from sandbox.dynamics.rows import Rows
from sandbox.dynamics.users import ORGANIZATION, ORGANIZATION_NAME, VERSION

_CALL = re.compile(r"^(?:Microsoft\.Dynamics\.CRM\.)?(?P<name>[A-Za-z]+)(?:\((?P<inside>.*)\))?$", re.DOTALL)
_ENUMERATION = re.compile(r"^[\w.]+'(\w+)'$")
Arguments = dict[str, Any]


class Messages:
    def __init__(self, rows: Rows, writing: Writing, base: str, tenant: str) -> None:
        self._rows, self._writing, self._base, self._tenant = rows, writing, base, tenant
        self._functions: dict[str, Callable[[Arguments], Any]] = {
            "WhoAmI": self._who_am_i,
            "RetrieveVersion": lambda _: {"Version": VERSION},
            "RetrieveCurrentOrganization": self._organization,
            "RetrieveTotalRecordCount": self._counts,
            "RetrieveMetadataChanges": self._metadata,
        }
        self._actions: dict[str, Callable[[Arguments], Any]] = {
            "CloseIncident": self._close_incident,
            "Merge": lambda body: merge(rows, body),
            "BulkDelete": lambda body: bulk_delete(rows, body),
            "CreateEntities": self._create_entities,
            # What is made here is published at once.
            "PublishXml": lambda _: None,
            "PublishAllXml": lambda _: None,
        }

    def answer(self, ask: Ask) -> Reply | None:
        """None when the address names no such message."""
        match = _CALL.match(unquote(relative(ask.target)))
        name = match["name"] if match else ""
        known = self._functions.get(name) or self._actions.get(name)
        if match is None or known is None:
            return None
        if ask.method != ("GET" if name in self._functions else "POST"):
            raise Fault(405, "0x8006088a", f"The method {ask.method} is not allowed on {name}.")
        if name in self._actions and not isinstance(ask.body, dict | None):
            raise bad_request("An error occurred while reading the request body: an object was expected.")
        given = _arguments(match["inside"] or "", ask.target) if name in self._functions else ask.body or {}
        found = known(given)
        if found is None:
            return Reply(204)
        headers = {"x-ms-dop-hint": "4"} if name == "WhoAmI" else {}
        context = {"@odata.context": f"{self._base}$metadata#Microsoft.Dynamics.CRM.{name}Response"}
        return Reply(200, context | found, headers)

    def _who_am_i(self, _: Arguments) -> Any:
        return {"BusinessUnitId": ORGANIZATION, "UserId": self._rows.user, "OrganizationId": ORGANIZATION}

    def _organization(self, _: Arguments) -> Any:
        address = self._base.partition("/api/")[0]
        places = {
            "WebApplication": f"{address}/",
            "OrganizationService": f"{address}/XRMServices/2011/Organization.svc",
            "OrganizationDataService": f"{address}/XRMServices/2011/OrganizationData.svc",
        }
        ends = {"Count": len(places), "IsReadOnly": False, "Keys": [*places], "Values": [*places.values()]}
        return {
            "Detail": {
                "OrganizationId": ORGANIZATION,
                "FriendlyName": ORGANIZATION_NAME,
                "OrganizationVersion": VERSION,
                "EnvironmentId": ORGANIZATION,
                "Geo": "EMEA",
                "TenantId": self._tenant,
                "UrlName": ORGANIZATION_NAME,
                "UniqueName": ORGANIZATION_NAME,
                "State": "Enabled",
                "Endpoints": ends,
            }
        }

    def _counts(self, given: Arguments) -> Any:
        """Exact at once; the platform's are those of some hour of the last day."""
        names = given.get("EntityNames")
        if not isinstance(names, list) or not names:
            raise invalid_argument("EntityNames must be a list of logical names.")
        counts = []
        for name in names:
            table = self._rows.catalogue.find(str(name))
            if table is None:
                raise Fault(400, "0x80041102", f"The entity with a name = '{name}' was not found in the MetadataCache.")
            counts.append(len(self._rows.all(table)))
        found = {"Count": len(names), "IsReadOnly": False, "Keys": names, "Values": counts}
        return {"EntityRecordCountCollection": found}

    def _metadata(self, given: Arguments) -> Any:
        return changes.answer(self._rows.catalogue, given.get("Query"), str(given.get("ClientVersionStamp") or ""))

    def _create_entities(self, body: Arguments) -> Any:
        entities = body.get("Entities")
        if not isinstance(entities, list) or not entities:
            raise invalid_argument("Entities must be a list of definitions.")
        for each in entities:
            self._writing.create(each)

    def _close_incident(self, body: Arguments) -> Any:
        resolution = body.get("IncidentResolution") or {}
        target = resolution.get("incidentid@odata.bind")
        if not target or not resolution.get("subject"):
            raise invalid_argument("IncidentResolution needs a subject and incidentid@odata.bind.")
        table = self._rows.table("incidents")
        row = self._rows.get(table, parse(relative(str(target))))
        self._rows.resolve(table, row, int(body.get("Status", 5)))


def _arguments(inside: str, target: str) -> Arguments:
    """`(Name=value,Other=@p1)`, the aliases with their values in the query string."""
    aliases = {name: value for name, value in parse_qsl(target.partition("?")[2]) if name.startswith("@")}
    found: Arguments = {}
    for part in split(inside, ","):
        name, mark, value = part.partition("=")
        if not mark:
            raise bad_request(f"'{part}' is not a parameter with a value.")
        text = aliases.get(value, "") if value.startswith("@") else value
        found[name.strip()] = _value(text.strip())
    return found


def _value(text: str) -> Any:
    if match := _ENUMERATION.match(text):
        return match[1]
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    try:
        # Collections may be written with either kind of quotes.
        return json.loads(text if '"' in text else text.replace("'", '"'))
    except ValueError:
        raise bad_request(f"The value '{text}' of a parameter cannot be read.") from None
