"""The words of the console for stages, owners and holds: for people who know returns, not programs.

A stage keeps its name of every other floor; the sentence beside it says what it means. Tests hold that nothing is left
without words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babel import Locale, UnknownLocaleError

from api.console.wording.holds import HOLDS, MENDED
from domain.returns import Hold, Stage
from store.port import ErasureState, TimelineEvent


@dataclass(frozen=True, slots=True)
class StageWords:
    """`tone` is one of waits, works, good, ended: it colours the badge, and is never the only sign."""

    name: str
    means: str
    tone: str


@dataclass(frozen=True, slots=True)
class HoldWords:
    """`choices` by the word that decides: what the button says, and what happens then."""

    title: str
    choices: Mapping[str, tuple[str, str]]


_STAGES = MappingProxyType(
    {
        Stage.REQUESTED: ("The order, the rules and the ERP's quote are being asked for.", "works"),
        Stage.QUOTED: ("The customer has seen the amount and has yet to confirm it.", "waits"),
        Stage.CONFIRMED: ("The ERP and the shop are opening the return.", "works"),
        Stage.AWAITING_GOODS: ("The parcel is awaited.", "waits"),
        Stage.PENDING_INSPECTION: ("Goods are here, and nobody may sell them before they are inspected.", "waits"),
        Stage.AWAITING_CONSENT: ("The credit is lower than confirmed; the customer has yet to answer.", "waits"),
        Stage.INSPECTED: ("Every unit has its verdict; the credit memo comes next.", "works"),
        Stage.CREDITED: ("The credit memo is posted; the payout comes next.", "works"),
        Stage.PAID: ("The money has moved; books and stock are being closed.", "works"),
        Stage.CLOSED: ("Finished.", "good"),
        Stage.REFUSED: ("Refused; the reasons are below.", "ended"),
        Stage.EXPIRED: ("Nothing came in time. A late parcel is still taken for a while.", "ended"),
        Stage.WITHDRAWN: ("Taken back; what was begun is undone.", "ended"),
    }
)

# Words of letters that people say one by one.
_SHORT = {short.lower(): short for short in ("CRM", "CRMs", "ERP", "RMA", "SKU", "VAT", "URL")}

_OWNERS = {"support": "Support", "finance": "Finance", "warehouse": "Warehouse", "it_admin": "IT"}
_ROLES = _OWNERS | {"storefront": "Storefront", "auditor": "Audit", "privacy_officer": "Privacy"}

_WHERE = MappingProxyType(
    {
        "expected": "awaited",
        "pending_inspection": "here, waiting for inspection",
        "decided": "inspected, stock not moved yet",
        "released": "back in stock for sale",
        "quarantined": "kept apart, not for sale",
        "scrapped": "scrapped",
        "sent_back": "sent back",
        "never_came": "never came",
        "kept": "stays with the customer",
    }
)

_MATCHES = MappingProxyType(
    {
        "open": ("Numbers are still to come.", "works"),
        "matched": ("Agreed, credited and paid are the same amount.", "good"),
        "accepted": ("The amounts differ, and a person let that stand.", "waits"),
        "differs": ("The amounts differ, and finance has yet to decide.", "refused"),
    }
)

# What may become of a unit, in the order of the bench's buttons; the first four may be credited.
VERDICTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "restock": ("Sell again", "as good as new"),
        "refurbish": ("Refurbish", "to the workshop"),
        "quarantine": ("Keep apart", "not for sale"),
        "scrap": ("Scrap", "cannot be used"),
        "send_back": ("Send back", "to the customer"),
        "wrong_item": ("Wrong article", "not what was sold"),
        "missing": ("Missing", "counted, not there"),
    }
)

# What the CRMs left to people, by its kind.
ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "swinging": "A value goes to and fro",
        "manual": "Whose value counts?",
        "mass_delete": "Many records vanished at once",
        "deleted": "A record was deleted",
        "deleted_again": "A record was made anew and deleted again",
        "poison": "A change that cannot be dealt with",
        "silent": "The CRM no longer tells of its changes",
    }
)

# How a system that is told of events stands: its words, and the tone of its badge.
SUBSCRIPTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "active": ("On", "good"),
        "off": ("Switched off", ""),
        "gone": ("Off: the receiver wants no more", "refused"),
    }
)

# How a request to erase a person stands: its words, what it means, and the tone of its badge.
ERASURES: Mapping[ErasureState, tuple[str, str, str]] = MappingProxyType(
    {
        ErasureState.WAITING: ("Waiting", "Nothing is erased while a return of the person is open.", "waits"),
        ErasureState.ERASING: ("Erasing", "The books, the CRMs and the histories are being emptied.", "works"),
        ErasureState.DONE: ("Done", "Everything personal is gone from here; the receipt is below.", "good"),
        ErasureState.INCOMPLETE: (
            "Incomplete",
            "One place could not be emptied: mend what is said below, then try again.",
            "refused",
        ),
        ErasureState.WITHDRAWN: ("Withdrawn", "The request was taken back before anything was erased.", ""),
    }
)
_PLACES = MappingProxyType(
    {"books": "Our books", "histories": "Histories in the engine", "elsewhere": "What others have to erase"}
)

# By what act somebody was told the data of a person.
DISCLOSED: Mapping[str, str] = MappingProxyType(
    {
        "contact:unmask": "Saw a customer whole",
        "identity:reveal": "Saw records of a party whole",
        "person:export_person": "Took a copy of everything",
        "person:look": "Looked where something is kept",
    }
)

# After a form: what was done, by the word in the address. Nothing from the address itself is ever shown.
DONE: Mapping[str, str] = MappingProxyType(
    {
        "confirmed": "Confirmed for the customer.",
        "answered": "The customer's answer is recorded.",
        "withdrawn": "Withdrawn. What was begun is being undone.",
        "resolved": "Decided. The return goes on.",
        "proposed": "Proposed. It waits for a second person; nothing moves until then.",
        "approved": "Approved. The return goes on.",
        "rejected": "Rejected. The hold waits for another decision.",
        "taken_back": "Taken back. The hold waits for another decision.",
        "sent": "It is on its way again.",
        "taken": "You work on it. Others see that.",
        "released": "You do not work on it any more.",
        "lost": "The parcel is reported lost.",
        "received": "Counted in. The goods wait for their verdict; until then nobody may sell them.",
        "received_again": "This parcel had been counted in before. Nothing was counted twice.",
        "inspected": "The verdict is recorded.",
        "inspected_again": "This verdict had been sent before. Nothing was judged twice.",
        "breakers_closed": "Closed. Calls to this CRM are made again within a minute.",
        "credential_written": "Written. It counts within seconds; the doctor tells whether it works.",
        "credential_dropped": "Dropped. What the settings say counts again.",
        "item_resolved": "Decided. It is done within moments.",
        "joined": "The two records are one person from here on. It can be taken apart again.",
        "kept_apart": "The two records stay two people.",
        "switched_on": "Switched on. What it is still owed goes out.",
        "switched_off": "Switched off. What happens from now on is not owed to it.",
        "test_sent": "A test event is on its way. What became of it stands below, a moment later.",
        "owed_again": "Owed again. What became of it stands below, a moment later.",
        "erasure_asked": "Asked for. How it goes stands below.",
        "erasure_looked": "It looks again now.",
        "erasure_withdrawn": "Taken back. Nothing was erased.",
        "asked": "Asked. The answer is under “Changes asked for”.",
    }
)


def spoken(word: object) -> str:
    """A word of the code as people write it."""
    text = " ".join(_SHORT.get(part, part) for part in str(word).replace("_", " ").split(" "))
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str) -> str:
    """What a part of ours says of itself, as a sentence."""
    first, space, rest = text.partition(" ")
    text = f"{_SHORT.get(first, first)}{space}{rest}"
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def stage(which: Stage) -> StageWords:
    means, tone = _STAGES[which]
    return StageWords(spoken(which), means, tone)


def hold(reason: str) -> HoldWords:
    """A reason that has no words yet, as of a newer worker, is told by its own."""
    title, choices = HOLDS.get(reason, (spoken(reason), {}))
    return HoldWords(title, MappingProxyType(choices))


def choice(reason: str, word: str) -> tuple[str, str]:
    return hold(reason).choices.get(word) or (MENDED if word == "retry" else (spoken(word), ""))


def where(which: object) -> str:
    """Where units are, as the warehouse would say it."""
    return _WHERE.get(str(which), spoken(which))


def match(which: object) -> tuple[str, str]:
    """The three-way match in a sentence, and its tone."""
    return _MATCHES.get(str(which), (spoken(which), "works"))


def told(event: TimelineEvent) -> str:
    """What happened, as a sentence; a hold by its title instead of its reason."""
    if event.kind == "held":
        which, _, reason = event.text.removeprefix("on hold for ").partition(": ")
        return f"On hold for {owner(which)}: {hold(reason).title}."
    return sentence(event.text)


def item(kind: object) -> str:
    return ITEMS.get(str(kind), spoken(kind))


def erasure(state: ErasureState) -> tuple[str, str, str]:
    return ERASURES[state]


def place(name: str) -> str:
    """Where something is erased: a part of a receipt."""
    return _PLACES.get(name, f"CRM {name.partition(':')[2]}" if name.startswith("crm:") else spoken(name))


def disclosed(action: str) -> str:
    return DISCLOSED.get(action, spoken(action))


def language(code: str) -> str:
    """As who speaks it calls it: 'Deutsch'. One that nobody knows keeps its code."""
    try:
        return (Locale.parse(code, sep="-").get_display_name() or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


def event(kind: str) -> str:
    """What a system is told of, without the address that makes it one of ours: 'Stage changed'."""
    return spoken(kind.removeprefix("dev.backhaul.return.").removeprefix("dev.backhaul.webhook.").partition(".")[0])


def subscription(state: str) -> tuple[str, str]:
    """How it stands in words, and its tone."""
    return SUBSCRIPTIONS.get(state, (spoken(state), ""))


def owner(which: object) -> str:
    return _OWNERS.get(str(which), spoken(which))


def decider(hold: Hold) -> str:
    """Whose word it waits for now."""
    return f"a second person in {owner(hold.owner)}" if hold.proposal else owner(hold.owner)


def role(which: object) -> str:
    return _ROLES.get(str(which), spoken(which))
