"""How alike two words are: shared letter pairs, single slips, Jaro-Winkler, and a code of how a word sounds."""

from __future__ import annotations

_LETTERS = 37
# Letters that are taken for each other when a name is heard. Vowels, h, w and y are not heard apart after the first.
_ALIKE = ("bp", "fv", "kcgqx", "sz", "td", "l", "mn", "r", "j")
_HEARD = {letter: letters[0] for letters in _ALIKE for letter in letters}
_SPELLED = (
    ("ph", "f"),
    ("ght", "t"),
    ("gh", "g"),
    ("kn", "n"),
    ("wr", "r"),
    ("sch", "s"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
)
_SOUNDS = 4


def letter_pairs(text: str) -> int:
    """The set of neighbouring letters, each word with its borders, as the bits of a number. Word order is lost."""
    bits = last = 0
    for sign in text:
        if "a" <= sign <= "z":
            code = ord(sign) - 96
        elif "0" <= sign <= "9":
            code = ord(sign) - 21
        elif sign == " ":
            code = 0
        else:
            code = ord(sign) % 36 + 1
        bits |= 1 << (last * _LETTERS + code)
        last = code
    return bits | 1 << (last * _LETTERS)


def shared(ours: int, theirs: int) -> float:
    """Dice's coefficient of two sets of letter pairs: 0 nothing in common, 1 the same."""
    return 2 * (ours & theirs).bit_count() / (ours.bit_count() + theirs.bit_count())


def one_slip(a: str, b: str) -> bool:
    """Whether one letter was added, left out or replaced, or two neighbours changed places. Not for equal words."""
    if len(a) < len(b):
        a, b = b, a
    if len(a) - len(b) > 1:
        return False
    for start, sign in enumerate(b):
        if a[start] != sign:
            break
    else:
        return True
    if len(a) > len(b):
        return a[start + 1 :] == b[start:]
    changed_places = a[start : start + 2] == b[start + 1] + b[start] if start + 1 < len(b) else False
    return a[start + 1 :] == b[start + 1 :] or (changed_places and a[start + 2 :] == b[start + 2 :])


def jaro_winkler(a: str, b: str) -> float:
    """Winkler's version of Jaro's likeness, 0 to 1; up to four equal first letters count more."""
    if a == b:
        return 1.0
    if len(a) > len(b):
        a, b = b, a
    if not a:
        return 0.0
    reach = max(len(b) // 2 - 1, 0)
    taken = [False] * len(b)
    found = []
    for place, sign in enumerate(a):
        at = b.find(sign, max(place - reach, 0), place + reach + 1)
        while at >= 0 and taken[at]:
            at = b.find(sign, at + 1, place + reach + 1)
        if at >= 0:
            taken[at] = True
            found.append(sign)
    if not found:
        return 0.0
    there = [sign for sign, hit in zip(b, taken, strict=True) if hit]
    moved = sum(ours != theirs for ours, theirs in zip(found, there, strict=True)) / 2
    count = len(found)
    jaro = (count / len(a) + count / len(b) + (count - moved) / count) / 3
    prefix = 0
    for ours, theirs in zip(a[:4], b[:4], strict=False):
        if ours != theirs:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


def sound(word: str) -> str:
    """A code that most misspellings of a name leave as it is. A word of another alphabet is its own first letters."""
    if not word.isascii():
        return word[:_SOUNDS]
    for spelled, heard in _SPELLED:
        word = word.replace(spelled, heard)
    code = _HEARD.get(word[:1], word[:1])
    last = code
    for letter in word[1:]:
        heard = _HEARD.get(letter, "")
        if heard and heard != last:
            code += heard
            if len(code) == _SOUNDS:
                break
        last = heard
    return code
