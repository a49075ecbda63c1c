"""From authorized to inspected: parcels, what is in them, what is not, and the verdict on every unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities import queues
    from activities.erp import ErpActivities
    from activities.storefront import StorefrontActivities
    from adapters.erp.port import ReceiveGoods
    from adapters.storefront.port import StageGoods
    from domain import ids, units
    from domain.approval import worth
    from domain.money import Money
    from domain.policy import LateArrival
    from domain.returns import Owner, Stage, UnexpectedGoods
    from domain.units import Reception

from workflows.answers import check_open, refused
from workflows.case import Case, Parcel
from workflows.holds import close_hold, held, open_hold
from workflows.messages import Inspection, Receipt, ReceiptLine, ReportLost
from workflows.steps import call, step, together
from workflows.stock import StockChange


async def arrive_and_inspect(case: Case) -> bool:
    """True when every unit has come or been given up and every received one has its verdict; False when expired."""
    case.gate_open = True
    opened = workflow.now()
    case.goods_due = opened + timedelta(seconds=case.policy.goods_due)
    reminder: datetime | None = opened + timedelta(seconds=case.policy.goods_reminder)
    while True:
        await _book(case)
        await _lost(case)
        if case.inbox or case.lost_reported:
            continue
        if units.all_arrived(case.snap.lots) and units.all_received_inspected(case.snap.lots):
            break
        missing = not units.all_arrived(case.snap.lots)
        what, deadline = _awaited(case)
        until = min(deadline, reminder) if missing and reminder else deadline
        lots = case.snap.lots
        if await case.wait(lambda seen=lots: _news(case, seen), until, what, deadline):  # type: ignore[misc]
            continue
        if missing and reminder and workflow.now() < deadline:
            reminder = None
            case.happened("reminded", "the customer was reminded to send the goods")
            case.tell("goods_reminder")
        elif missing and case.snap.stage is Stage.AWAITING_GOODS:
            case.gate_open = False
            return False
        elif missing:
            case.happened("missing", "what did not come in time is taken as missing")
            case.change(lots=units.give_up(case.snap.lots, Reception.MISSING))
        else:
            hold = open_hold(case, "inspection_overdue", Owner.WAREHOUSE, "received goods wait for a verdict", ())
            await case.wait(lambda seen=lots: _news(case, seen), None, what)  # type: ignore[misc]
            close_hold(case, hold.hold_id)
    case.gate_open = False
    return True


async def late_arrival(case: Case) -> bool:
    """After expiry the door stays ajar: True when goods came after all and policy (or support) takes them."""
    until = workflow.now() + timedelta(seconds=case.policy.late_grace)
    case.gate_open = True
    if not await case.wait(lambda: bool(case.late), until, "a late parcel"):
        case.gate_open = False
        return False
    if case.policy.late_arrival is LateArrival.HOLD:
        choice = await held(case, "late_arrival", Owner.SUPPORT, "goods came after expiry", ("accept", "send_back"))
        if choice == "send_back":
            case.gate_open = False
            case.happened("late_sent_back", "the late parcel goes back to the customer")
            return False
    for receipt in case.late:
        _count_in(case, receipt)
    case.late.clear()
    case.happened("late_accepted", "the late parcel was accepted")
    case.move(Stage.PENDING_INSPECTION)
    return True


async def unexpected(case: Case) -> None:
    """What nobody asked for must be decided on before the return closes; it is never credited and never sellable."""
    for place, goods in enumerate(case.snap.unexpected):
        if goods.decision:
            continue
        what = f"{goods.quantity} x {goods.sku or goods.line_id} in receipt {goods.receipt_id}: {goods.kind}"
        choice = await held(case, "unexpected_goods", Owner.SUPPORT, what, ("send_back", "quarantine"))
        decided = UnexpectedGoods(goods.receipt_id, goods.kind, goods.line_id, goods.sku, goods.quantity, choice)
        known = case.snap.unexpected
        case.happened("unexpected_decided", f"{what} -> {choice}")
        case.change(unexpected=(*known[:place], decided, *known[place + 1 :]))


def check_receive(case: Case, message: Receipt) -> None:
    if message.receipt_id in case.snap.receipts:
        return
    check_open(case)
    if not case.gate_open:
        raise refused(f"a return that is {case.snap.stage} takes no goods; nothing was booked")
    if not message.lines:
        raise refused("lines: a receipt has at least one line", "bad_input")
    for line in message.lines:
        if line.quantity <= 0:
            raise refused("lines.quantity: must be at least 1", "bad_input")
        if not line.line_id and not line.sku:
            raise refused("lines: give line_id or sku", "bad_input")


def take_receive(case: Case, message: Receipt) -> str:
    """Count the parcel in. The same receipt id again changes nothing."""
    if message.receipt_id in case.snap.receipts:
        return "already received"
    if case.snap.stage is Stage.EXPIRED:
        case.late.append(message)
        case.happened("late_parcel", f"parcel {message.receipt_id} came after expiry", actor="warehouse")
        case.change(receipts=(*case.snap.receipts, message.receipt_id))
        return "received after expiry; the shop's policy decides"
    _count_in(case, message)
    case.move(Stage.PENDING_INSPECTION, receipts=(*case.snap.receipts, message.receipt_id))
    what, deadline = _awaited(case)
    case.change(waiting_for=what, next_deadline=deadline)
    return ""


def check_inspect(case: Case, message: Inspection) -> None:
    if message.inspection_id in case.inspections:
        return
    check_open(case)
    if case.snap.stage is not Stage.PENDING_INSPECTION:
        raise refused(f"a return that is {case.snap.stage} has nothing to inspect")
    if not message.verdicts:
        raise refused("verdicts: give at least one", "bad_input")
    _inspected(case, message)


def take_inspect(case: Case, message: Inspection) -> str:
    """Write the verdicts down. The same inspection id again changes nothing."""
    if message.inspection_id in case.inspections:
        return "already inspected"
    case.change(lots=_inspected(case, message))
    case.counted_at = workflow.now()
    case.inspections.add(message.inspection_id)
    for verdict in message.verdicts:
        said = "accepted" if verdict.accepted else "rejected"
        detail = {"line": verdict.line_id, "photos": ",".join(verdict.photos)}
        text = f"{verdict.quantity} x line {verdict.line_id} {said}: {verdict.disposition}"
        case.happened("inspected", text, actor="warehouse", **detail)
    return ""


def check_lost(case: Case, message: ReportLost) -> None:
    check_open(case)
    if case.snap.stage not in (Stage.AWAITING_GOODS, Stage.PENDING_INSPECTION):
        raise refused(f"a return that is {case.snap.stage} awaits no parcel")
    if units.all_arrived(case.snap.lots):
        raise refused("everything has arrived; nothing can be lost any more")


def take_lost(case: Case, message: ReportLost) -> str:
    case.change(lots=units.give_up(case.snap.lots, Reception.LOST))
    case.lost_reported = True
    case.happened("lost", f"parcel {message.tracking or 'without number'} is reported lost", actor="carrier")
    return ""


def _news(case: Case, seen: units.Lots) -> bool:
    return bool(case.inbox) or case.lost_reported or case.snap.lots != seen


def _awaited(case: Case) -> tuple[str, datetime]:
    """What the return waits for, and until when."""
    if units.all_arrived(case.snap.lots):
        return "the inspection", case.counted_at + timedelta(seconds=case.policy.inspection_due)
    first = case.snap.stage is Stage.AWAITING_GOODS
    return "the parcel" if first else "the rest of the goods", case.goods_due


def _inspected(case: Case, message: Inspection) -> units.Lots:
    lots = case.snap.lots
    for verdict in message.verdicts:
        lots = units.inspect(lots, verdict)
    return lots


def _count_in(case: Case, message: Receipt) -> None:
    """Expected units move to received and wait to be booked; everything else is written down as unexpected."""
    lots, odd = case.snap.lots, list(case.snap.unexpected)
    expected: dict[str, int] = {}
    for line in message.lines:
        candidates = _lines_of(case, line)
        kind = "over_receipt" if candidates else "wrong_item"
        if candidates and not any(_known_serial(case, line_id, line.serial) for line_id in candidates):
            candidates, kind = (), "unknown_serial"
        left = line.quantity
        for line_id in candidates:
            before = left
            lots, left = units.receive(lots, line_id, left)
            expected[line_id] = expected.get(line_id, 0) + before - left
        if left:
            odd.append(UnexpectedGoods(message.receipt_id, kind, line.line_id, line.sku, left))
            case.happened("unexpected", f"{left} x {line.sku or line.line_id}: {kind}", actor="warehouse")
    pieces = sum(line.quantity for line in message.lines)
    case.happened("received", f"parcel {message.receipt_id} with {pieces} pieces", actor="warehouse")
    case.change(lots=lots, unexpected=tuple(odd))
    case.counted_at = workflow.now()
    goods = tuple((line_id, count) for line_id, count in expected.items() if count)
    if goods:
        case.inbox.append((ids.receipt_key(case.snap.return_id, message.receipt_id), goods))


def _lines_of(case: Case, line: ReceiptLine) -> tuple[str, ...]:
    """The asked lines this piece may be of: the one named, or all of its article. A named line with another article in
    its place is a wrong item."""
    if line.line_id:
        return tuple(
            known.line_id
            for known in case.snap.lines
            if known.line_id == line.line_id and line.sku in (None, "", known.sku)
        )
    return tuple(known.line_id for known in case.snap.lines if known.sku == line.sku)


def _known_serial(case: Case, line_id: str, serial: str | None) -> bool:
    order = case.order
    sold = next((line.serials for line in order.lines if line.line_id == line_id), ()) if order else ()
    return not sold or serial is None or serial in sold


async def _book(case: Case) -> None:
    """Book counted parcels as pending inspection in both systems: on hand, never sellable."""
    skus = {line.line_id: line.sku for line in case.snap.lines}
    while case.inbox:
        key, goods = parcel = case.inbox[0]
        erp = ReceiveGoods(key, case.snap.authorization, goods)
        shop = StageGoods(case.snap.return_id, key, tuple((skus[line_id], count) for line_id, count in goods))

        async def in_erp(ask: ReceiveGoods = erp, parcel: Parcel = parcel) -> None:
            await call(case, ErpActivities.receive_goods, ask, queues.ERP, "item receipt, pending inspection")
            case.in_erp.append(parcel)

        async def stage(until: datetime, ask: StageGoods = shop) -> None:
            await call(
                case, StorefrontActivities.stage_goods, ask, queues.STOREFRONT, "stock pending inspection", until
            )

        what = ", ".join(f"{count} x {sku}" for sku, count in shop.goods) + " pending inspection"
        change = StockChange(case, what, stage)

        async def in_shop(change: StockChange = change, parcel: Parcel = parcel) -> None:
            await change()
            case.in_shop.append(parcel)

        await together(
            step(case, "receipt_refused", Owner.WAREHOUSE, in_erp),
            step(case, "stock_refused", Owner.WAREHOUSE, in_shop),
        )
        case.inbox.pop(0)


def _lost_worth(case: Case) -> Money | None:
    """What is credited for goods that nobody will ever see."""
    quoted, lost = case.snap.quote, {line.line_id: 0 for line in case.snap.lines}
    for lot in case.snap.lots:
        if lot.reception is Reception.LOST:
            lost[lot.line_id] += lot.quantity
    return worth(quoted.lines, lost, quoted.total.currency) if quoted else None


async def _lost(case: Case) -> None:
    """A lost parcel is somebody's loss: support says whose."""
    if not case.lost_reported:
        return
    case.lost_reported = False
    what, choices = "credit in full, or not at all", ("credit", "no_credit")
    choice = await held(case, "parcel_lost", Owner.SUPPORT, what, choices, _lost_worth(case))
    case.change(lots=units.decide_lost(case.snap.lots, choice == "credit"))
    case.happened("lost_decided", f"the lost parcel: {choice}")
