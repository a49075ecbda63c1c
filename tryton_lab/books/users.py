"""Who may sign in: Tryton's administrator, and the account of the returns desk, which is no administrator."""

from __future__ import annotations

from tryton_lab.rpc import Tryton

# Well known on purpose: the lab listens on the loopback interface only and holds nothing of value.
ADMIN, ADMIN_PASSWORD = "admin", "lab-admin-7c41"
BOT, BOT_PASSWORD = "returns-bot", "lab-returns-2f90"
_GROUPS = ("Accounting", "Sales", "Stock")


def write(tryton: Tryton) -> None:
    company = tryton.id("company.company")
    groups = [row["id"] for row in tryton.find("res.group", ["name", "in", list(_GROUPS)])]
    desk = {"name": "Returns desk", "login": BOT, "password": BOT_PASSWORD, "groups": [["add", groups]]}
    tryton.create("res.user", desk | {"companies": [["add", [company]]], "company": company})
