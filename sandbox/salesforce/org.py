"""Settings and meters of the pretended org: licences, the daily call limit, records that are locked for a while."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from sandbox.salesforce import record_types, tailoring
from sandbox.salesforce.capture import CAPTURED, Bus, Changes
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.ids import ORG_ID, USER_ID, canonical
from sandbox.salesforce.objects import find_type
from sandbox.salesforce.schema import Field, Record, SObject
from sandbox.salesforce.values import timestamp
from sandbox.world import World

LOCK = "UNABLE_TO_LOCK_ROW"
"""The operation of a fault plan that meets single records instead of requests."""
_DEFAULTS: dict[str, Any] = {
    "return_order_licence": True,
    "order_management": False,
    "locked_writes": 0,
    "duplicate_rules": "off",
    "bulk_seconds": 0,
    "daily_limit": 100_000,
    "session_seconds": 7200,
    # Types whose changes are published; fields an administrator adds, texts all: {"Case": ["Colour__c"]}.
    "change_data_capture": list(CAPTURED),
    "custom_fields": {},
    # What is not as it should be: {"Case": {"fields": {"Returns_Ref__c": {"unique": false}}, "createable": false}}.
    "tailoring": {},
    # Which values a picklist has for which type of record: see record_types.
    "record_types": {},
    "keepalive_seconds": 270,
    "idle_stream_seconds": 60,
    # Whether a stream's headers come at once or with its first message.
    "early_headers": True,
    # Event streams stand and give signs of life, and deliver nothing.
    "mute_streams": False,
    # Ids of records whose transaction has not ended yet: no query sees them, stamped as they are.
    "uncommitted": [],
    # {"Backhaul_Cases": {"topic": "/data/CaseChangeEvent", "state": "RUN", "default_replay": "LATEST"}}
    "managed_subscriptions": {},
}


class Org:
    """What an administrator may set (`POST /salesforce/org` on the control server) and what the org counts."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._met: list[str] = []
        self._typed: dict[tuple[str, ...], SObject] = {}
        self.bus = Bus(world)
        self.changes = Changes(world, self.bus, lambda: list(self.settings()["change_data_capture"]), self.typed)

        if world.books.get("salesforce.User", USER_ID) is None:
            _introduce(world)

    def settings(self) -> dict[str, Any]:
        return _DEFAULTS | (self._world.books.get("salesforce.org", "settings") or {})

    def change(self, wishes: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(wishes) - set(_DEFAULTS))
        if unknown:
            raise ValueError(f"unknown settings {', '.join(unknown)}; known are {', '.join(_DEFAULTS)}")
        if wishes.get("duplicate_rules", "off") not in ("off", "alert", "block"):
            raise ValueError("duplicate_rules is off, alert or block")
        _check_captured(wishes.get("change_data_capture", []))
        _check_fields(wishes.get("custom_fields", {}))
        tailoring.check(wishes.get("tailoring", {}))
        record_types.check(wishes.get("record_types", {}))
        _check_ids(wishes.get("uncommitted", []))
        _check_managed(wishes.get("managed_subscriptions", {}))
        self._world.books.put("salesforce.org", "settings", self.settings() | wishes)
        return self.settings()

    def licensed(self, licence: str) -> bool:
        return licence != "ReturnOrder" or bool(self.settings()["return_order_licence"])

    def typed(self, of: SObject) -> SObject:
        """The type with the fields this org's administrator added to it, and what is not as it should be."""
        settings = self.settings()
        added, changed = settings["custom_fields"].get(of.name, []), settings["tailoring"].get(of.name, {})
        types = (record_types.FIELD,) if self.record_types(of) else ()
        if not added and not changed and not types:
            return of
        key = (of.name, *added, json.dumps(changed), str(len(types)))
        if key not in self._typed:
            fields = (*of.fields, *types, *(Field(name, length=255) for name in added))
            self._typed[key] = tailoring.tailored(dataclasses.replace(of, fields=fields), changed)
        return self._typed[key]

    def record_types(self, of: SObject) -> dict[str, Any]:
        kinds: dict[str, Any] = self.settings()["record_types"].get(of.name, {})
        return kinds

    def check_activated(self, name: str, before: Record | None, after: Record) -> None:
        """With an Order Management licence a return order starts in an activated status; a draft is refused."""
        if name != "ReturnOrder" or before is not None or not self.settings()["order_management"]:
            return
        if after["Status"] not in ("Submitted", "Approved"):
            message = "A return order must be created with a status in the Activated category."
            raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ["Status"])

    def lock(self, what: str) -> None:
        """Refuse while somebody else holds the record: by the setting `locked_writes`, or by a plan for this record."""
        if self._held(what):
            self._met.append(what)
            raise Refusal(LOCK, "unable to obtain exclusive access to this record or 1 records")

    def begin(self) -> None:
        self._met.clear()

    def meet_again(self) -> None:
        """After a rollback: the locks that were met stay met, or an all-or-none request would meet them for ever."""
        for what in self._met:
            self._held(what)

    def _held(self, what: str) -> bool:
        left = int(self.settings()["locked_writes"])
        if left > 0:
            self.change({"locked_writes": left - 1})
            return True
        # A plan for every operation is the gate's: it must not be used up here, so locks wait until it is gone.
        asked = {plan.operation for plan in self._world.faults.plans() if plan.vendor == "salesforce"}
        return LOCK in asked and "*" not in asked and self._world.faults.take("salesforce", LOCK, what) is not None

    def count_call(self) -> None:
        day = self._today()
        used = self.used() + 1
        self._world.books.put("salesforce.calls", day, {"used": used})

    def used(self) -> int:
        row = self._world.books.get("salesforce.calls", self._today())
        return 0 if row is None else int(row["used"])

    def exhausted(self) -> bool:
        return self.used() >= int(self.settings()["daily_limit"])

    def limit_info(self) -> str:
        return f"api-usage={self.used()}/{self.settings()['daily_limit']}"

    def _today(self) -> str:
        return self._world.clock.now().date().isoformat()


def _introduce(world: World) -> None:
    """The org itself and the user that everybody signs in as."""
    now = timestamp(world.clock.now())
    stamps = {"IsDeleted": False, "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    stamps |= {"CreatedById": USER_ID, "LastModifiedById": USER_ID}
    about = {"Name": "Backhaul Sandbox", "InstanceName": "SBX1", "IsSandbox": True}
    about |= {"OrganizationType": "Enterprise Edition", "LanguageLocaleKey": "en_US", "TimeZoneSidKey": "GMT"}
    username = world.credentials.salesforce.username
    person = {"Username": username, "Email": username, "Name": "Integration User", "LastName": "Integration User"}
    with world.books.transaction():
        world.books.put("salesforce.Organization", ORG_ID, {"Id": ORG_ID, **stamps, **about})
        world.books.put("salesforce.User", USER_ID, {"Id": USER_ID, **stamps, **person, "IsActive": True})


def _check_captured(names: Any) -> None:
    if not isinstance(names, list) or not set(names) <= set(CAPTURED):
        raise ValueError(f"change_data_capture is a list of {', '.join(CAPTURED)}")


def _check_fields(given: Any) -> None:
    """New names only: {type: [Name__c, ...]}."""
    known = given if isinstance(given, dict) else {"": None}
    for name, added in known.items():
        of = find_type(name)
        names = added if isinstance(added, list) else [None]
        twice = len(set(names)) < len(names)
        if of is None or of.name != name or twice or not all(_new_name(of, each) for each in names):
            raise ValueError('custom_fields is an object such as {"Case": ["Colour__c"]}, of fields the type lacks')


def _check_ids(given: Any) -> None:
    if not isinstance(given, list) or not all(isinstance(each, str) and canonical(each) == each for each in given):
        raise ValueError("uncommitted is a list of record ids of eighteen characters")


def _check_managed(given: Any) -> None:
    words = {"state": ("RUN", "STOP"), "default_replay": ("LATEST", "EARLIEST")}
    for wish in given.values() if isinstance(given, dict) else [None]:
        each = wish if isinstance(wish, dict) else {}
        good = isinstance(each.get("topic"), str) and set(each) <= {"topic", *words}
        if not good or any(each.get(name, known[0]) not in known for name, known in words.items()):
            raise ValueError(
                "managed_subscriptions: {name: {topic, state RUN or STOP, default_replay LATEST or EARLIEST}}"
            )


def _new_name(of: SObject, name: Any) -> bool:
    return isinstance(name, str) and name.endswith("__c") and name.isidentifier() and of.field(name) is None
