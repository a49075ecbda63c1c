"""The second wall looked at before the first return: is it up on every table, and does it bind the API's role?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.preflight import Finding, each_or_all, failed, ok, warning
from store import walling
from store.walls import WALLS

_ROLE = text("""
    SELECT rolsuper AS super, rolbypassrls AS bypasses,
           EXISTS (SELECT FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace)
                   AND relname = ANY(:tables) AND pg_has_role(role.oid, relowner, 'MEMBER')) AS owns,
           ARRAY(SELECT relname || '.' || polname FROM pg_policy JOIN pg_class AS class ON class.oid = polrelid
                 WHERE relnamespace = CAST(current_schema() AS regnamespace) AND polname <> :policy AND polpermissive
                   AND EXISTS (SELECT FROM unnest(polroles) AS one (oid)
                               WHERE one.oid = 0 OR pg_has_role(role.oid, one.oid, 'MEMBER'))) AS others,
           ARRAY(SELECT name FROM unnest(CAST(:tables AS text[])) AS wanted (name)
                 WHERE NOT has_table_privilege(role.oid, name, 'SELECT')) AS unread
    FROM pg_roles AS role WHERE rolname = :role
""")
_SETTING = "BACKHAUL_DATABASE__API_URL"
_ABOUT = "api role"


async def walls(connection: AsyncConnection) -> Iterable[Finding]:
    bad = [
        failed(name, f"the wall of {name} is missing or of another release", "run `migrate` as the tables' owner")
        for name in await walling.missing(connection)
    ]
    return each_or_all(bad, "walls", f"row-level security is on for {len(WALLS)} tables")


async def role(connection: AsyncConnection, name: str | None) -> Iterable[Finding]:
    """Of `name`, the role of the API's address; None: no such address is set."""
    if name is None:
        return [warning(_ABOUT, f"{_SETTING} is not set here", "set it where the API and `migrate` run")]
    given = {"role": name, "tables": list(WALLS), "policy": walling.POLICY}
    found = (await connection.execute(_ROLE, given)).one_or_none()
    if found is None:
        return [
            failed(_ABOUT, f"there is no role {name}", f"run CREATE ROLE {name} LOGIN PASSWORD '…', then `migrate`")
        ]
    bad, own = [], f"give {_SETTING} a role of its own"
    if found.super or found.bypasses:
        why = "is a superuser" if found.super else "has BYPASSRLS"
        bad.append(failed(_ABOUT, f"{name} {why}: row-level security does not bind it", own))
    elif found.owns:
        bad.append(failed(_ABOUT, f"{name} owns tables, or is a member of who does: nothing binds it", own))
    elif found.unread:
        bad.append(
            failed(_ABOUT, f"{name} may not read {', '.join(found.unread)}", f"run `migrate` with {_SETTING} set")
        )
    for policy in found.others:
        table, _, which = policy.partition(".")
        bad.append(failed(policy, f"policy {which} shows {name} more of {table}", f"DROP POLICY {which} ON {table}"))
    return bad or [ok(_ABOUT, f"{name} sees what the API's callers may, and owns nothing")]
