"""How fault plans and the call log name a request: "POST creditMemo", "TRANSFORM a->b", "SUITEQL", "JOB", "TOKEN"."""

import re

from sandbox.netsuite.catalog import TYPES
from sandbox.netsuite.writing import TRANSFORMS

_OTHERS = ("TOKEN", "SUITEQL", "METADATA", "JOB", "GET governanceLimits", "GET tokeninfo")
_KINDS = {name.lower(): name for name in TYPES}
_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_RECORD = re.compile(r"/record/v1/(?P<kind>\w+)(?:/(?P<ref>[^/?]+))?(?:/!transform/(?P<target>\w+))?")


def operation(method: str, path: str, body: bytes) -> str:
    if "/oauth2/v1/token" in path:
        return "TOKEN"
    if "/suiteql" in path:
        return "SUITEQL"
    if "/metadata-catalog" in path:
        return "METADATA"
    if "/async/v1/job" in path:
        return "JOB"
    if "/restlet.nl" in path:
        return f"{method} RESTLET"
    found = _RECORD.search(path)
    if found is None:
        return f"{method} {path.partition('?')[0].rsplit('/', 1)[-1]}"
    if found.group("target"):
        return f"TRANSFORM {_spelt(found.group('kind'))}->{_spelt(found.group('target'))}"
    return f"{method} {_spelt(found.group('kind'))}"


def _spelt(kind: str) -> str:
    """Clients in the field write record types in lower case too."""
    return _KINDS.get(kind.lower(), kind)


def complaint(operation: str) -> str | None:
    """Why no request can have this name; None when one may."""
    method, _, rest = operation.partition(" ")
    if operation in _OTHERS or (method in _METHODS and rest in (*TYPES, "RESTLET")):
        return None
    if method == "TRANSFORM" and tuple(rest.split("->")) in TRANSFORMS:
        return None
    return f"there are {', '.join(_OTHERS)}, a method and a record type (GET invoice) or RESTLET, and TRANSFORM a->b"
