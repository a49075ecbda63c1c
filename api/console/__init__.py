"""The console: pages for people, rendered here. Reading and every form work without JavaScript."""

from api.console import (
    acting,
    assets,
    auditing,
    bench,
    crms,
    doctor,
    finance,
    home,
    letters,
    looking,
    mapped,
    notices,
    parties,
    privacy,
    searching,
    subscriptions,
)

ROUTERS = (
    assets.router, home.router, searching.router, looking.router, acting.router, notices.router, bench.router,
    finance.router, crms.router, letters.router, parties.router, mapped.router, doctor.router, subscriptions.router,
    privacy.router, auditing.router,
)  # fmt: skip
