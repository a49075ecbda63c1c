"""What the page says the Tryton lab has is what the lab makes."""

import re
from pathlib import Path

from tryton_lab import __main__ as command
from tryton_lab import programs
from tryton_lab.books import accounts, company, goods, taxes, users

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tryton-lab.md"


def test_the_page_names_everything_that_is_there_from_the_start() -> None:
    named = set(re.findall(r"`([^`\n]+)`", PAGE.read_text()))
    made = {
        *taxes.KNOWN,
        *goods.SERVICES,
        *goods.KIT_PARTS,
        *(goods.KIT, goods.SHIPPING, goods.QUARANTINE, goods.SCRAP, goods.LOST),
        *(accounts.CARD, accounts.GIFT_CARD, accounts.STORE_CREDIT),
        *(company.SHOP, users.BOT, users.ADMIN),
        *company.CURRENCIES[1:],
        *programs.MODULES,
    }
    assert made <= named


def test_the_page_shows_every_command() -> None:
    shown = set(re.findall(r"-m tryton_lab (\w+)", PAGE.read_text()))
    assert shown == set(command.COMMANDS)
