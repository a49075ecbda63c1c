"""The root of the command line. A refusal is one sentence and exit code 2; what nobody foresaw is exit code 1."""

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from adapters.crm.mapping import BadMapping
from adapters.errors import VendorError
from adapters.notify.port import BadTemplate
from cli import (
    api_key,
    approvals,
    audit,
    changes,
    crm,
    demo,
    doctor,
    explain,
    finding,
    identity,
    installation,
    ledger,
    mapping,
    notices,
    privacy,
    refund,
    returns,
    stack,
    status,
    webhooks,
)
from cli.output import show_error
from client import BackhaulError
from domain.errors import BadInput, Refusal
from runtime.complaints import BadSettings
from runtime.embedded.part import StackError
from runtime.policies import BadPolicy
from runtime.refusals import RetryLater
from runtime.temporal import NoTemporal
from runtime.wiring import UnknownOrg, UnknownQueue
from store.port import StoreUnavailable

_GROUPS = (
    stack, status, demo, doctor, returns, approvals, changes, finding, explain, installation, ledger, refund, identity,
    crm, mapping, notices, webhooks, api_key, audit, privacy,
)  # fmt: skip
# What a user can mend; each carries its sentence.
_EXPECTED = (
    StackError, NoTemporal, StoreUnavailable, RetryLater, Refusal, VendorError, BadPolicy, BadMapping, UnknownOrg,
    UnknownQueue, BadTemplate, BackhaulError,
)  # fmt: skip
_INTERRUPTED = 130


def build() -> typer.Typer:
    """Every group module has `register(app)`."""
    app = typer.Typer(
        name="backhaul",
        help="Returns as durable workflows across storefront, warehouse, ERP and CRM.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for group in _GROUPS:
        group.register(app)
    return app


def main(args: Sequence[str] | None = None) -> None:
    words = list(sys.argv[1:] if args is None else args)
    sys.exit(_run(words, as_json="--json" in words))


def _run(words: list[str], as_json: bool) -> int:
    try:
        _check_text(words)
        code = build()(args=words, prog_name="backhaul", standalone_mode=False)
    except TyperException as error:
        show_error(error.format_message(), as_json)
        return 2
    except BadSettings as error:
        show_error(f"{error}\n`backhaul up` starts a whole installation here, which needs none of these.", as_json)
        return 2
    except _EXPECTED as error:
        show_error(str(error), as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        show_error("interrupted", as_json)
        return _INTERRUPTED
    except Exception as error:
        show_error(f"Unexpected {type(error).__name__}: {error}", as_json)
        return 1
    return code if isinstance(code, int) else 0


def _check_text(words: list[str]) -> None:
    """What is no text would fail wherever it is first written: in a payload, in the database, on the screen."""
    for place, word in enumerate(words, start=1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise BadInput(f"argument {place}", "is not UTF-8 text") from None
        if "\0" in word:
            raise BadInput(f"argument {place}", "must not contain a NUL character")
