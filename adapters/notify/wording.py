"""Notices as people read them: templates by language and subject, amounts and dates as the language writes them.

The folder is `notices/<language>/<subject>.{subject,txt,html}`, with `words.toml` for what every notice needs. A shop
may have a folder of its own: what lies there takes the place of ours, file by file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.notify.port import BadTemplate, Message
from domain.money import Money, exponent
from domain.notices import SUBJECTS, TELLS_THE_CREDIT, WITH_POLICIES
from domain.order import Contact
from domain.refund import Quote
from domain.returns import Snapshot

FOLDER = Path(__file__).parents[2] / "notices"
_WORDS = "words.toml"
_CODE_BESIDE_NUMBER = re.compile(r"([A-Z]{3})(\d)")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """How a shop writes. `link` leads the customer to the return, with {return_id} and {order} in it; `language` is for
    customers whose own we do not know or do not have."""

    name: str = ""
    sender: str = ""
    reply_to: str = ""
    link: str = ""
    language: str = "en"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class _Language:
    words: Mapping[str, Any]
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Templates:
    """`letterheads` by the shop's name as the storefront tells it. Raises BadTemplate for words it cannot read."""

    def __init__(
        self, usual: Letterhead, letterheads: Mapping[str, Letterhead] | None = None, own: Path | None = None
    ) -> None:
        self._usual, self._letterheads = usual, dict(letterheads or {})
        for head in (usual, *self._letterheads.values()):
            _check_link(head.link)
        folders = (own, FOLDER) if own else (FOLDER,)
        self._files = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=select_autoescape(("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._languages = {name: _language(folders, name) for name in _found(folders)}

    def languages(self) -> Sequence[str]:
        return tuple(sorted(self._languages))

    def message(self, key: str, subject: str, snapshot: Snapshot, contact: Contact) -> Message:
        head = self._letterheads.get(snapshot.shop, self._usual)
        name = self._chosen(contact.language, head)
        facts = self._facts(name, subject, snapshot, contact, head)
        line = self._rendered(f"{name}/{subject}.subject", facts).strip()
        html = self._rendered(f"{name}/{subject}.html", facts | {"title": line})
        text = self._rendered(f"{name}/{subject}.txt", facts)
        return Message(key, contact.email, line, f"{text.rstrip()}\n", f"{html.rstrip()}\n", head.sender, head.reply_to)

    def _chosen(self, wanted: str, head: Letterhead) -> str:
        """The customer's language; else the shop's; else English. 'de-AT' is de where there is no folder of its own."""
        for tag in (wanted, head.language):
            whole = tag.replace("_", "-").lower()
            for name in (whole, whole.partition("-")[0]):
                if name in self._languages:
                    return name
        return "en"

    def _facts(self, name: str, subject: str, snapshot: Snapshot, contact: Contact, head: Letterhead) -> dict[str, Any]:
        known, locale = self._languages[name], _locale(contact.language, name)
        words, person = known.words, contact.name.strip()
        order = snapshot.order_name or snapshot.order_id
        quote = snapshot.quote
        amount = snapshot.credited if subject == TELLS_THE_CREDIT else quote.total if quote else None
        due = snapshot.next_deadline
        return {
            "words": words,
            "language": name,
            "greeting": words["greeting"].format(name=person) if person else words["greeting_unnamed"],
            "return_id": snapshot.return_id,
            "order": order,
            "amount": _amount(amount, locale) if amount else words["nothing"],
            "due": _moment(due, head.timezone, locale) if due else words["soon"],
            "reasons": _reasons(snapshot.reasons, known) or (words["no_reason"],),
            "policies": _policies(quote, known, locale) if quote and subject in WITH_POLICIES else (),
            "link": head.link.format(return_id=snapshot.return_id, order=order) if head.link else "",
            "shop": head.name,
        }

    def _rendered(self, path: str, facts: Mapping[str, Any]) -> str:
        try:
            return self._files.get_template(path).render(facts)
        except TemplateError as error:
            where = getattr(error, "lineno", None)
            at = f"{getattr(error, 'name', None) or path}{f', line {where}' if where else ''}"
            raise BadTemplate(f"notices/{at}: {error.message or type(error).__name__}") from error


def check(templates: Templates, samples: Sequence[Snapshot], contact: Contact) -> tuple[str, ...]:
    """What is wrong with the templates, one sentence each: every subject in every language, with each sample."""
    wrong: dict[str, None] = {}
    for language in templates.languages():
        for subject in SUBJECTS:
            for sample in samples:
                told = Contact(contact.name, contact.email, contact.customer_id, contact.company, language)
                try:
                    templates.message("check", subject, sample, told)
                except BadTemplate as error:
                    wrong[str(error)] = None
    return tuple(wrong)


def _check_link(link: str) -> None:
    try:
        link.format(return_id="R-1", order="1")
    except (KeyError, IndexError, ValueError):
        raise BadTemplate(
            f"the link {link!r} may have {{return_id}} and {{order}} in it, and no other braces"
        ) from None


def _found(folders: Sequence[Path]) -> frozenset[str]:
    return frozenset(one.parent.name for folder in folders for one in folder.glob(f"*/{_WORDS}"))


def _language(folders: Sequence[Path], name: str) -> _Language:
    words: dict[str, Any] = {}
    for folder in reversed(folders):
        path = folder / name / _WORDS
        if path.is_file():
            try:
                words |= tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise BadTemplate(f"{path}: {error}") from error
    shipped = tomllib.loads((FOLDER / "en" / _WORDS).read_text(encoding="utf-8"))
    if missing := sorted(shipped.keys() - words.keys()):
        raise BadTemplate(f"the language {name} has no {', '.join(missing)} in its {_WORDS}")
    return _Language(words, {table: words[table] for table in ("reasons", "notes")})


def _locale(wanted: str, name: str) -> Locale:
    """The customer's own where it is of the language they are written in: 'en-GB' and 'en-US' write dates apart."""
    for tag in (wanted, name):
        try:
            found = Locale.parse(tag.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            continue
        if found.language == name.partition("-")[0]:
            return found
    return Locale("en")


def _amount(money: Money, locale: Locale) -> str:
    """With the decimals of ISO 4217, where locales have other habits; a code stands apart from its number."""
    pattern, places = copy(locale.currency_formats["standard"]), exponent(money.currency)
    pattern.frac_prec = (places, places)
    said: str = pattern.apply(
        Decimal(money.decimal()), locale, currency=money.currency, currency_digits=False, numbering_system="latn"
    )
    return _CODE_BESIDE_NUMBER.sub("\\1\u00a0\\2", said)


def _moment(at: datetime, timezone: str, locale: Locale) -> str:
    there = at.astimezone(ZoneInfo(timezone))
    day, time = (
        format_date(there, "long", locale=locale),
        format_time(there, "short", tzinfo=there.tzinfo, locale=locale),
    )
    return f"{day}, {time} {get_timezone_name(there, 'short', locale=locale)}"


def _reasons(reasons: Sequence[str], known: _Language) -> tuple[str, ...]:
    """A reason is 'code: sentence'; the sentence is English, so another language has its own for the code."""
    split = (reason.partition(": ") for reason in reasons)
    said = (known.codes["reasons"].get(code) or sentence or code for code, _, sentence in split)
    return tuple(dict.fromkeys(said))


def _policies(quote: Quote, known: _Language, locale: Locale) -> tuple[str, ...]:
    said = []
    for note in quote.notes:
        # A bundle's note has its label in its name.
        reason = known.codes["notes"].get(note.name.partition(":")[0], note.reason)
        by = Money(note.amount, quote.total.currency)
        said.append(f"{reason}: {_amount(by, locale)}" if by.minor else reason)
    return tuple(said)
