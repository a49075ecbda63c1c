"""An order from anywhere can be read back: what the shop's schema does not know it answers with a 500."""

from graphql import EnumTypeDefinitionNode, parse

from stories import real_orders
from tests.stack.sandbox import ROOT


def _values(enum: str) -> set[str]:
    document = parse((ROOT / "sandbox" / "shopify" / "roots.graphql").read_text())
    (found,) = [
        one for one in document.definitions if isinstance(one, EnumTypeDefinitionNode) and one.name.value == enum
    ]
    return {value.name.value for value in found.values}


def test_every_country_of_the_real_orders_is_known_to_the_shop() -> None:
    assert {code[:2] for code, _ in real_orders._TAX.values()} <= _values("CountryCode")


def test_the_shop_knows_far_away_countries_and_odd_currencies() -> None:
    assert {"CY", "NZ", "IS", "BR"} <= _values("CountryCode")
    assert {"JPY", "KWD", "ISK", "CLP"} <= _values("CurrencyCode")
