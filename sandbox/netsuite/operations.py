"""How fault plans and the call log name a request: "POST creditMemo", "TRANSFORM a->b", "SUITEQL", "TOKEN"."""

import re

_RECORD = re.compile(r"/record/v1/(?P<kind>\w+)(?:/(?P<ref>[^/?]+))?(?:/!transform/(?P<target>\w+))?")


def operation(method: str, path: str, body: bytes) -> str:
    if "/oauth2/v1/token" in path:
        return "TOKEN"
    if "/suiteql" in path:
        return "SUITEQL"
    found = _RECORD.search(path)
    if found is None:
        return f"{method} {path.partition('?')[0].rsplit('/', 1)[-1]}"
    if found.group("target"):
        return f"TRANSFORM {found.group('kind')}->{found.group('target')}"
    return f"{method} {found.group('kind')}"
