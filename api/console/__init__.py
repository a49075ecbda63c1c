"""The console: pages for people, rendered here. Reading and every form work without JavaScript."""

from api.console import assets, home, searching

ROUTERS = (assets.router, home.router, searching.router)
