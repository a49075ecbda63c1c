"""Whose rows they are: from a number, a mailbox, returns or records to everything of the same person, by ids."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.identity.record import ACCOUNT, CRM, CUSTOMER, GUEST, SHOP
from store.forest import ref_of
from store.port import Subject
from store.tables import contacts, party_accounts, party_links, returns


async def find(connection: AsyncConnection, customer_id: str, email: str, orders: Collection[str]) -> Subject:
    wanted = [contacts.c.customer_id == customer_id] if customer_id else []
    wanted += [func.lower(contacts.c.email) == email.strip().lower()] if email.strip() else []
    if orders:
        bought = select(returns.c.return_id).where(returns.c.order_id.in_(orders))
        wanted.append(contacts.c.return_id.in_(bought))
    if not wanted:
        return Subject()
    found = await connection.execute(select(contacts.c.return_id).where(or_(*wanted)))
    known = select(party_links.c.id).where(_shop(CUSTOMER), party_links.c.external_id == customer_id)
    links = (await connection.execute(known)).scalars().all() if customer_id else ()
    return await whole(connection, Subject(tuple(found.scalars().all()), links=tuple(links)))


async def whole(connection: AsyncConnection, begun: Subject) -> Subject:
    """With all records of the same party, the returns of those of them that are the shop's, and their orders."""
    mine = set(begun.returns)
    links = {*begun.links, *(await connection.execute(_records_of(mine))).scalars()}
    parties = select(party_links.c.party_id).where(party_links.c.id.in_(links))
    records = (await connection.execute(select(party_links).where(party_links.c.party_id.in_(parties)))).all()
    links |= {row.id for row in records}
    mine |= set((await connection.execute(_returns_of(records))).scalars())
    accounts = (await connection.execute(_accounts_of(links))).all()
    orders = (await connection.execute(select(returns.c.order_id).where(returns.c.return_id.in_(mine)))).scalars()
    in_crm = {ref_of(row) for row in (*records, *accounts) if row.system == CRM and row.state == "active"}
    return Subject(
        tuple(sorted(mine)),
        tuple(sorted({*begun.orders, *orders})),
        tuple(sorted(links)),
        tuple(sorted({*begun.records, *in_crm})),
    )


def _shop(kind: str) -> Any:
    columns = party_links.c
    return (columns.system == SHOP) & (columns.org == SHOP) & (columns.object == kind)


def _records_of(mine: Collection[str]) -> Select[Any]:
    """The shop's records whose returns these are: a customer by the number, a guest by the order."""
    customers = select(contacts.c.customer_id).where(contacts.c.return_id.in_(mine), contacts.c.customer_id != "")
    guests = (
        select(returns.c.order_id)
        .join(contacts, contacts.c.return_id == returns.c.return_id)
        .where(returns.c.return_id.in_(mine), contacts.c.customer_id == "")
    )
    named = party_links.c.external_id
    return select(party_links.c.id).where(or_(_shop(CUSTOMER) & named.in_(customers), _shop(GUEST) & named.in_(guests)))


def _returns_of(records: Collection[Any]) -> Select[Any]:
    shop = [row for row in records if row.system == SHOP]
    customers = [row.external_id for row in shop if row.object == CUSTOMER]
    guests = [row.external_id for row in shop if row.object == GUEST]
    joined = select(contacts.c.return_id).outerjoin(returns, returns.c.return_id == contacts.c.return_id)
    return joined.where(
        or_(
            contacts.c.customer_id.in_(customers),
            (contacts.c.customer_id == "") & returns.c.order_id.in_(guests),
        )
    )


def _accounts_of(links: Collection[int]) -> Select[Any]:
    """The accounts at which nobody else is shown: one that is others' too is an organisation's or a household's."""
    others = select(party_accounts.c.account_id).where(party_accounts.c.link_id.not_in(links))
    mine = select(party_accounts.c.account_id).where(party_accounts.c.link_id.in_(links))
    return select(party_links).where(
        party_links.c.object == ACCOUNT, party_links.c.id.in_(mine), party_links.c.id.not_in(others)
    )
