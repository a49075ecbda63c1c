"""The console: pages for people, rendered here. Reading and every form work without JavaScript."""

from api.console import acting, assets, auditing, bench, home, looking, searching

ROUTERS = (assets.router, home.router, searching.router, looking.router, acting.router, auditing.router, bench.router)
