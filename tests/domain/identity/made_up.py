"""Made-up people and organisations with a known truth: families at one address, namesakes, other formats.

Everything is drawn from a seed, so that a test always sees the same records."""

from __future__ import annotations

import random
from collections.abc import Sequence

Record = dict[str, str]


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_GIVEN = _listed(
    "Robert William James Thomas Michael Elizabeth Katherine Margaret Susan Jennifer Daniel Matthew Andrew "
    "Joseph Samuel Alexander Benjamin Charles Edward Nicholas Patricia Rebecca Deborah Victoria Christina José "
    "François Jürgen Søren Zoë Anaïs Björn Lukas Emma Noah Mia Hannah Leon Paul Marie Sophie Felix Anton Clara "
    "Ida Greta Oskar Emil Karl Lena "
)
_SURNAME_STARTS = _listed(
    "Ha Be Mü Sch Kra Lin Vo We Bra Kö Ste Fri Ro Al Pe Gar Mar Lo Fer Cas Mo Du La Le Bo Mc O Fitz San "
)
_SURNAME_ENDS = _listed(
    "ller mann berg stein ner ger ter dorf feld son sen ton ley field wood tin rez nandez lez gues nier bert "
    "mond ville rand nelly donald brien patrick ders kins lock worth bach wald hoff "
)
_COMMON = _listed("Smith Miller Brown Jones Müller Schmidt García Nguyen ")
_STREETS = _listed(
    "Oak Maple Church Station High Mill Park River Hill King Queen Garden Linden Market Castle Bridge Forest Lake "
)
_ENDINGS = ("", "view", "side", "gate")
_KINDS = ("Street", "Road", "Avenue", "Lane", "Drive", "Court")
_SHORT = {"Street": "St", "Road": "Rd.", "Avenue": "Ave", "Lane": "Ln", "Drive": "Dr", "Court": "Ct"}
_NICK = {
    "Robert": "Bob", "William": "Bill", "James": "Jim", "Elizabeth": "Liz", "Katherine": "Kate", "Margaret": "Peggy",
    "Michael": "Mike", "Jennifer": "Jenny", "Thomas": "Tom", "Rebecca": "Becky",
}  # fmt: skip
_PLAIN = str.maketrans("éçüøëïöíä", "ecuoeioia")
_TRADES = _listed(
    "Hardware Plumbing Logistics Foods Textiles Optics Motors Consulting Software Bakery Brewing Press Solar "
    "Marine Dental Timber Paper Glass Steel Toys "
)
_FORMS = ("Ltd", "GmbH", "Inc.", "LLC", "Pty Ltd", "S.A.", "")


def people(count: int, seed: int, *, twice: float = 0.5) -> tuple[list[Record], list[Record], list[tuple[str, str]]]:
    """Two systems' customers and who is whom; `twice` is the share that both have. Every third shares a household."""
    draw = random.Random(seed)
    left: list[Record] = []
    home: Record = {}
    for number in range(count):
        if number % 3 != 1 or not home:
            home = _home(draw)
        left.append(_person(draw, number, home))
    right = [_written_anew(draw, record) for record in left if draw.random() < twice]
    strangers = [_person(draw, count + number, _home(draw)) for number in range(count // 4)]
    truth = [(record["id"], f"B{record['id'][1:]}") for record in right]
    for record in right:
        record["id"] = f"B{record['id'][1:]}"
    for record in strangers:
        record["id"] = f"S{record['id'][1:]}"
    right += strangers
    draw.shuffle(right)
    return left, right, truth


def organisations(count: int, seed: int) -> tuple[list[Record], list[Record], list[tuple[str, str]]]:
    draw = random.Random(seed)
    left = [_organisation(draw, number) for number in range(count)]
    right, truth = [], []
    for record in left:
        if draw.random() < 0.6:
            right.append(_organisation_anew(draw, record))
            truth.append((record["id"], right[-1]["id"]))
    draw.shuffle(right)
    return left, right, truth


def only(records: Sequence[Record], *fields: str) -> list[Record]:
    return [{field: record.get(field, "") for field in fields} for record in records]


def _home(draw: random.Random) -> Record:
    surname = (
        draw.choice(_COMMON) if draw.random() < 0.15 else draw.choice(_SURNAME_STARTS) + draw.choice(_SURNAME_ENDS)
    )
    town = draw.randrange(400)
    return {
        "surname": surname,
        "street": f"{draw.randrange(1, 250)} {draw.choice(_STREETS)}{draw.choice(_ENDINGS)} {draw.choice(_KINDS)}",
        "suburb": f"{_SURNAME_STARTS[town % len(_SURNAME_STARTS)]}{_SURNAME_ENDS[town % len(_SURNAME_ENDS)]}",
        "postcode": f"{10000 + town * 7}",
        "phone": f"0{draw.randrange(20, 99)} {draw.randrange(10**6, 10**7)}",
    }


def _person(draw: random.Random, number: int, home: Record) -> Record:
    given = draw.choice(_GIVEN)
    born = f"{draw.randrange(1940, 2006)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
    mail = f"{given}.{home['surname']}{draw.randrange(100)}@{draw.choice(('mail', 'post', 'web'))}.example".lower()
    return {"id": f"A{number}", "given_name": given, "email": mail, "birth_date": born, **home}


def _written_anew(draw: random.Random, record: Record) -> Record:
    new = dict(record)
    given = new["given_name"]
    chance = draw.random
    if chance() < 0.3:
        new["given_name"] = _NICK.get(given, given)
    if chance() < 0.5:
        new = {field: value.translate(_PLAIN) for field, value in new.items()}
    year, month, day = record["birth_date"].split("-")
    new["birth_date"] = f"{day}/{month}/{year}"
    if chance() < 0.05:
        new["given_name"], new["surname"] = new["surname"], new["given_name"]
    for field in ("given_name", "surname", "street", "suburb", "postcode", "birth_date", "email", "phone"):
        if chance() < 0.08:
            new[field] = _typo(draw, new[field])
        elif chance() < 0.08 and field not in ("surname", "given_name"):
            new[field] = ""
    if chance() < 0.15:
        moved = _home(draw)
        new |= {field: moved[field] for field in ("street", "suburb", "postcode")}
    for kind, short in _SHORT.items():
        new["street"] = new["street"].replace(kind, short)
    if chance() < 0.2:
        new["surname"] = new["surname"].upper()
    return new


def _typo(draw: random.Random, text: str) -> str:
    place = draw.randrange(len(text))
    kind = draw.randrange(4)
    letter = draw.choice("0123456789" if text[place].isdigit() else "abcdefghijklmnopqrstuvwxyz")
    if kind == 0:
        return text[:place] + letter + text[place + 1 :]
    if kind == 1:
        return text[:place] + letter + text[place:]
    if kind == 2:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1 : place + 2] + text[place] + text[place + 2 :]


def _organisation(draw: random.Random, number: int) -> Record:
    home = _home(draw)
    name = f"{home['surname']} {draw.choice(_TRADES)}"
    if draw.random() < 0.4:
        name += f" {draw.choice(_TRADES)}"
    address = f"{home['street']}, {home['suburb']}"
    return {
        "id": f"L{number}",
        "name": f"{name} {draw.choice(_FORMS)}".strip(),
        "street": address,
        "phone": home["phone"],
    }


def _organisation_anew(draw: random.Random, record: Record) -> Record:
    words = [word for word in record["name"].split() if word not in " ".join(_FORMS).split()]
    name = " ".join([*words, draw.choice(_FORMS)]).strip()
    new = {**record, "id": f"R{record['id'][1:]}", "name": name.upper() if draw.random() < 0.3 else name}
    new["phone"] = f"+49 {record['phone'][1:].replace(' ', '-')}"
    for field in ("name", "street", "phone"):
        if draw.random() < 0.15:
            new[field] = _typo(draw, new[field])
        elif draw.random() < 0.1 and field != "name":
            new[field] = ""
    return new
