"""Every notice there is reads well in every language, as text and as HTML, whatever is known of the return."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from adapters.notify.port import BadTemplate, Message
from adapters.notify.wording import FOLDER, Letterhead, Templates, check
from domain.money import Money
from domain.notices import SUBJECTS
from domain.order import Contact
from domain.refund import Quote
from domain.returns import Snapshot
from tests.notices.case import ANNA, BARE, SNAPSHOT

LANGUAGES = ("de", "en", "fr")
HEAD = Letterhead("Vogel & Söhne", link="https://shop.example/returns/{return_id}?order={order}")
TEMPLATES = Templates(HEAD)
GREETING = {"de": "Guten Tag Anna Vogel,", "en": "Dear Anna Vogel,", "fr": "Bonjour Anna Vogel,"}


def told(subject: str, language: str = "en", snapshot: Snapshot = SNAPSHOT, contact: Contact = ANNA) -> Message:
    return TEMPLATES.message("key", subject, snapshot, replace(contact, language=language))


def words(html: str) -> list[str]:
    body = html.partition("</head>")[2]
    return unescape(re.sub(r"<[^>]+>", " ", body)).split()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_notice_is_whole_and_says_the_same_in_text_and_html(subject: str, language: str) -> None:
    for snapshot in (SNAPSHOT, BARE):
        message = told(subject, language, snapshot)
        assert message.to == "anna@example.test"
        assert snapshot.return_id in message.subject
        assert message.subject.isprintable()
        assert message.text.startswith(f"{GREETING[language]}\n\n")
        assert "None" not in message.text
        assert not {"{", "}"} & set(message.text + message.subject + message.html)
        assert "\n\n\n" not in message.text
        assert words(message.html) == [word for word in message.text.split() if word != "-"]
        assert f'<html lang="{language}">' in message.html
        assert f"returns/{snapshot.return_id}" in message.text


def test_there_is_a_file_for_each_notice_in_each_language_and_no_other() -> None:
    assert TEMPLATES.languages() == LANGUAGES
    for language in LANGUAGES:
        found = {path.name for path in (FOLDER / language).iterdir()}
        wanted = {f"{subject}.{kind}" for subject in SUBJECTS for kind in ("subject", "txt", "html")}
        assert found == wanted | {"words.toml"}


def test_subjects_differ_so_that_the_notices_of_a_return_can_be_told_apart() -> None:
    for language in LANGUAGES:
        lines = [told(subject, language).subject for subject in SUBJECTS if subject != "consent_anew"]
        assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("language", "amount", "day"),
    [
        ("en", "€1,234.50", "November 24, 2026, 12:00\u202fPM UTC"),
        ("en-GB", "€1,234.50", "24 November 2026, 12:00 UTC"),
        ("de", "1.234,50\xa0€", "24. November 2026, 12:00 UTC"),
        ("de_CH", "EUR\xa01’234.50", "24. November 2026, 12:00 UTC"),
        ("fr", "1\u202f234,50\xa0€", "24 novembre 2026, 12:00 TU"),
    ],
)
def test_amounts_and_dates_are_written_as_the_customer_writes_them(language: str, amount: str, day: str) -> None:
    text = told("consent", language).text
    assert amount in text
    assert day in text


@pytest.mark.parametrize(
    ("minor", "currency", "said"), [(333, "JPY", "¥333"), (1250, "KWD", "KWD\xa01.250"), (1250, "RSD", "RSD\xa012.50")]
)
def test_an_amount_keeps_its_currencys_decimals(minor: int, currency: str, said: str) -> None:
    quote = replace(SNAPSHOT.quote or _no_quote(), total=Money(minor, currency), notes=())
    assert said in told("inspection", "en", replace(SNAPSHOT, quote=quote)).text


def _no_quote() -> Quote:
    raise AssertionError("the sample has a quote")


@pytest.mark.parametrize(
    ("wanted", "shops", "read"),
    [("de-AT", "en", "de"), ("FR", "en", "fr"), ("pt-BR", "de", "de"), ("", "fr", "fr"), ("xx", "yy", "en")],
)
def test_a_language_we_do_not_have_is_the_shops_and_at_last_english(wanted: str, shops: str, read: str) -> None:
    message = Templates(Letterhead(language=shops)).message("k", "expired", SNAPSHOT, replace(ANNA, language=wanted))
    assert f'<html lang="{read}">' in message.html


def test_the_last_notice_tells_what_was_credited_and_the_others_what_is_offered() -> None:
    paid = replace(SNAPSHOT, credited=Money(595, "EUR"))
    assert "€5.95" in told("financial_posting", snapshot=paid).text
    assert "€1,234.50" in told("inspection", snapshot=paid).text


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", "- restocking is charged: -€1.19\n- a part of a set is kept\n- the shop's own policy\n"),
        (
            "de",
            "- eine Wiedereinlagerungsgebühr: -1,19\xa0€\n- behaltene Teile eines Sets zu ihrem Einzelpreis\n"
            "- the shop's own policy\n",
        ),
    ],
)
def test_who_is_to_agree_reads_what_the_amount_follows_from(language: str, lines: str) -> None:
    for subject in ("confirmation", "consent", "consent_changed", "quote_reminder"):
        assert lines in told(subject, language).text
    assert "- " not in told("withdrawn", language).text


def test_a_refusal_tells_all_its_reasons_in_the_customers_language_where_there_are_words() -> None:
    assert "- MUG-01 was sold as final sale\n- too odd\n" in told("refused").text
    assert "- ein Artikel ist von der Rückgabe ausgeschlossen\n- too odd\n" in told("refused", "de").text


def test_what_a_customer_or_a_shop_is_called_is_text_and_never_markup() -> None:
    message = told("consent", contact=replace(ANNA, name="<b>Anna</b> & {{ 7 * 7 }}"))
    assert "Dear &lt;b&gt;Anna&lt;/b&gt; &amp; {{ 7 * 7 }}," in message.html
    assert "Vogel &amp; Söhne" in message.html
    assert "Dear <b>Anna</b> & {{ 7 * 7 }}," in message.text


def test_who_gave_no_name_is_greeted_all_the_same() -> None:
    assert told("expired", contact=replace(ANNA, name=" ")).text.startswith("Dear customer,\n")


def test_each_shop_writes_under_its_own_head() -> None:
    outlet = Letterhead("Outlet", "outlet@shop.example", "help@shop.example", language="de", timezone="Europe/Berlin")
    templates = Templates(HEAD, {"outlet": outlet})
    theirs = templates.message("k", "consent", replace(SNAPSHOT, shop="outlet"), ANNA)
    assert (theirs.sender, theirs.reply_to) == ("outlet@shop.example", "help@shop.example")
    assert "24. November 2026, 13:00 MEZ" in theirs.text
    assert theirs.text.endswith("Outlet\n")
    ours = templates.message("k", "consent", SNAPSHOT, ANNA)
    assert (ours.sender, ours.text.splitlines()[-1]) == ("", "Vogel & Söhne")


def test_a_shops_own_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "expired.subject").write_text("Too late: {{ return_id }}")
    message = Templates(HEAD, own=tmp_path).message("k", "expired", SNAPSHOT, ANNA)
    assert message.subject == "Too late: R-5001-9F2C41AB"
    assert "a deadline passed" in message.text


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("en/expired.txt", "{{ customer }}", "notices/en/expired.txt: 'customer' is undefined"),
        ("en/expired.html", "{% if %}", "notices/en/expired.html, line 1: "),
        ("en/expired.txt", "{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
)
def test_a_template_that_does_not_render_is_named(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / file).write_text(text)
    templates = Templates(HEAD, own=tmp_path)
    wrong = check(templates, (SNAPSHOT,), ANNA)
    assert len(wrong) == 1
    assert said in wrong[0]
    with pytest.raises(BadTemplate):
        templates.message("k", "expired", SNAPSHOT, ANNA)


def test_a_language_of_ones_own_must_be_whole(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    (tmp_path / "it" / "words.toml").write_text('greeting = "Buongiorno {name},"')
    with pytest.raises(BadTemplate, match="the language it has no closing"):
        Templates(HEAD, own=tmp_path)


def test_a_link_with_other_places_is_told_at_once() -> None:
    with pytest.raises(BadTemplate, match=r"\{return_id\}"):
        Templates(Letterhead(link="https://shop.example/{email}"))
