"""The lab company's master data, written through JSON-RPC into a database that has only Tryton's own modules."""

from tryton_lab.books import accounts, company, goods, taxes, users
from tryton_lab.rpc import Tryton


def write(tryton: Tryton, year: int) -> None:
    """Everything an order needs before it can be seeded. `year` and the one after it are open for posting."""
    company.write(tryton)
    tryton.sign_in()  # the company is in the preferences from here on
    accounts.write(tryton, (year, year + 1))
    for code, rate in taxes.KNOWN.items():
        taxes.ensure(tryton, code, rate)
    goods.write(tryton)
    users.write(tryton)
