"""The documentation names what exists: holds, commands, options, settings, policy fields, files, vendors' fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer

import sandbox.__main__ as sandbox_command
from adapters.crm.dynamics import rows
from adapters.crm.salesforce import records
from adapters.erp.netsuite.settings import Names
from cli.app import build
from domain import ids
from domain.invoice import InvoiceLine
from domain.policy import Policy
from domain.returns import Stage
from domain.reversal import Taken, reverse
from domain.units import FULL_VALUE
from runtime import mappings
from runtime.complaints import variables
from runtime.inbound import CHOICES
from runtime.settings import PREFIX, Settings
from sandbox.faults import KINDS
from tests.docs import holds

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in (*DOCS.rglob("*.md"), ROOT / "README.md") if path.exists())

_COMMAND = re.compile(r"(?:starter\.py|(?<![\w./-])backhaul) ([a-z][a-z-]*)([^\n`]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_SETTING = re.compile(r"\bBACKHAUL_[A-Z0-9_]+")
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
_QUOTED = re.compile(r"`([^`]+)`")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def rows_of(page: Path, first: str) -> Iterator[list[str]]:
    """The cells of the table whose header begins with `first`."""
    inside = False
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if cells and cells[0] == first:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= {"-", ":"}:
            yield cells


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(_QUOTED.findall(cell))


def code_in(page: Path) -> str:
    """What is written as code: fenced blocks and `spans`. Prose may say "Backhaul runs" without meaning a command."""
    text = page.read_text()
    fenced = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return "\n".join([*fenced, *_QUOTED.findall(re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))])


def test_the_runbook_has_every_hold_with_its_owner_and_choices_and_no_other() -> None:
    written = {
        holds.Held(quoted(reason)[0], quoted(owner)[0], quoted(choices))
        for reason, owner, choices, *_ in rows_of(DOCS / "runbook.md", "reason")
    }
    assert written == holds.of(ROOT / "workflows")


def test_every_item_the_crms_leave_to_people_is_explained_with_its_choices() -> None:
    written = {quoted(kind)[0]: quoted(choices) for kind, _, choices in rows_of(DOCS / "crm" / "inbound.md", "kind")}
    assert written == {str(kind): tuple(choices) for kind, choices in CHOICES.items()}


def test_the_runbook_explains_every_stage() -> None:
    written = {quoted(cells[0])[0] for cells in rows_of(DOCS / "runbook.md", "stage")}
    assert written == {str(stage) for stage in Stage}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_and_option_named_exists(page: Path) -> None:
    commands = typer.main.get_command(build()).commands  # type: ignore[attr-defined]
    for command, rest in _COMMAND.findall(code_in(page)):
        assert command in commands, f"{named(page)} names the command {command!r}"
        found = commands[command]
        words = iter(rest.split())
        while group := getattr(found, "commands", None):
            word = next(words, "")
            assert word in group, f"{named(page)} names the command {command} {word!r}"
            found = group[word]
        options = {word for parameter in found.params for word in (*parameter.opts, *parameter.secondary_opts)}
        unknown = set(_OPTION.findall(rest)) - options
        assert not unknown, f"{named(page)} names {unknown} of the command {command!r}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_setting_named_exists(page: Path) -> None:
    known = [re.compile(name.replace("*", "[A-Z0-9]+")) for name, _ in variables(Settings, PREFIX)]
    for name in set(_SETTING.findall(page.read_text())):
        # "BACKHAUL_WORKER__*" and "BACKHAUL_" stand for all that begin so.
        whole = any(one.fullmatch(name) for one in known)
        assert whole or (name.endswith("_") and any(one.pattern.startswith(name) for one in known)), (
            f"{named(page)} names the setting {name}"
        )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target, _ in _LINK.findall(page.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{named(page)} links to {target}"


def test_every_policy_field_is_explained_with_its_default() -> None:
    written = {quoted(cells[0])[0]: quoted(cells[1])[0] for cells in rows_of(DOCS / "policies.md", "field")}
    defaults = {field.name: getattr(Policy(), field.name) for field in fields(Policy) if field.name != "name"}
    assert written == {name: _as_written(name, value) for name, value in defaults.items()}


def _as_written(name: str, value: object) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f'{key} = "{one}"' for key, one in value.items()) + " }" if value else "{}"
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{word}"' for word in value) + "]"
    if isinstance(value, int):
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
            if value % seconds == 0 and (unit != "h" or value > seconds):
                return f'"{value // seconds}{unit}"'
        return f'"{value}s"'
    return f'"{value}"'


def test_the_sandbox_page_explains_every_flag_and_fault() -> None:
    page = (DOCS / "sandbox.md").read_text()
    source = Path(sandbox_command.__file__).read_text()
    flags = set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', source))
    written = {quoted(cells[0])[0].split()[0] for cells in rows_of(DOCS / "sandbox.md", "flag")}
    assert written == flags
    assert {quoted(cells[0])[0] for cells in rows_of(DOCS / "sandbox.md", "kind")} == set(KINDS)
    assert "control" in page


def test_the_vendors_page_names_every_field_we_write() -> None:
    page = (DOCS / "vendors.md").read_text()
    mapped = [field.name for each in mappings.every() for one in each.concepts.values() for field in one.fields]
    salesforce = set(re.findall(r"\b\w+__c\b", " ".join([Path(records.__file__).read_text(), *mapped])))
    dynamics = set(re.findall(r"\bbh_\w+\b", " ".join([Path(rows.__file__).read_text(), *mapped])))
    names = Names()
    netsuite = {names.order_field, names.line_field, names.warranty_field, names.shipping_item, names.inspection_status}
    netsuite |= {names.fee_item, names.price_item, *names.statuses.values()}
    missing = {name for name in salesforce | dynamics | netsuite if f"`{name}`" not in page}
    assert not missing


def test_the_architecture_page_has_every_idempotency_key() -> None:
    made = {
        ids.authorization_key("R-1"), ids.receipt_key("R-1", "P1"), ids.credit_key("R-1"), ids.payout_key("R-1"),
        ids.stock_key("R-1", "release"), ids.stock_key("R-1", "withdrawn"),
    }  # fmt: skip
    written = {
        quoted(cells[0])[0].replace("{return_id}", "R-1").replace("{receipt_id}", "P1")
        for cells in rows_of(DOCS / "architecture.md", "key")
    }
    assert made <= written


def test_the_architecture_page_lists_every_decision_in_its_order() -> None:
    listed = re.findall(r"^\| \[(\d+)\]\(adr/(\S+)\) \| .+ \|$", (DOCS / "architecture.md").read_text(), re.MULTILINE)
    there = sorted(file.name for file in (DOCS / "adr").glob("*.md"))
    assert listed == [(str(int(name[:4])), name) for name in there]


def test_the_worked_cases_of_the_reversal_rule_come_out_as_written() -> None:
    cases = list(rows_of(DOCS / "adr" / "0004-reversal-rule.md", "posted"))
    assert len(cases) >= 10
    for posted, returned, credited, _ in cases:
        units, net, *taxes = quoted(posted)[0].split("; ")
        line = InvoiceLine("1", "1", "SKU", int(units), int(net), {code: int(tax) for code, tax in map(_pair, taxes)})
        taken, amounts = Taken(), []
        for count in quoted(returned)[0].split(", "):
            part = reverse(line, taken, math.ceil(float(count)), int(float(count) * FULL_VALUE))
            amounts.append(str(part.total))
            sums = {code: taken.taxes.get(code, 0) + tax for code, tax in part.taxes.items()}
            value = taken.value + int(float(count) * FULL_VALUE)
            taken = Taken(taken.quantity + part.quantity, value, taken.net + part.net, sums)
        assert ", ".join(amounts) == quoted(credited)[0], posted


def _pair(text: str) -> tuple[str, str]:
    code, _, amount = text.partition("=")
    return code, amount


def test_each_test_that_the_convergence_page_names_is_there() -> None:
    found = list(rows_of(DOCS / "crm/convergence.md", "what goes wrong elsewhere"))
    assert len(found) > 5
    for _, (name,), (path,) in ((cells[0], quoted(cells[1]), quoted(cells[2])) for cells in found):
        assert f"def {name}(" in (ROOT / path).read_text(), f"{path} has no {name}"
