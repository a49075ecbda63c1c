"""A sandbox NetSuite account: SuiteTalk REST for orders, invoices, returns, credits, refunds, stock and periods."""

from sandbox.netsuite.app import Account
from sandbox.netsuite.desk import Desk
from sandbox.netsuite.errors import too_many
from sandbox.netsuite.operations import complaint, operation
from sandbox.netsuite.seed import open_the_account, seed
from sandbox.netsuite.view import books_view
from sandbox.vendor import Vendor
from sandbox.world import World


def build(world: World) -> Vendor:
    desk = Desk(world)
    open_the_account(desk)
    account = Account(desk)
    return Vendor(
        name="netsuite",
        app=account.app(),
        operation=operation,
        throttled=too_many,
        seed=lambda order: seed(desk, order),
        books_view=lambda: books_view(desk),
        controls=account.controls(),
        complaint=complaint,
    )
