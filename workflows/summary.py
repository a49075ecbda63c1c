"""What the Temporal UI shows of a return at one look. Costs neither an event nor an action."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.returns import Snapshot


def details(snap: Snapshot) -> str:
    """The one-look summary for the Temporal UI (markdown, no personal data)."""
    rows = [f"**{snap.stage}**, order {snap.order_name or snap.order_id}, version {snap.version}"]
    if snap.quote:
        rows.append(f"quote {snap.quote.total}, agreed {snap.agreed or '-'}, credited {snap.credited or '-'}")
    rows += [f"hold {hold.hold_id}: {hold.reason} ({hold.owner}) {hold.detail}" for hold in snap.holds]
    if snap.waiting_for:
        rows.append(f"waits for {snap.waiting_for}" + (f" until {snap.next_deadline}" if snap.next_deadline else ""))
    return "\n\n".join(rows)
