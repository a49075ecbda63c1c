"""Files of order lines as they come: what is no such file is refused in one sentence, whatever is wrong with it."""

from pathlib import Path

import pytest

from domain.errors import BadInput
from stories.order_lines import COLUMNS, read_export

HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column InvoiceNo"),
        ("InvoiceNo,StockCode\n1,2\n", "has no column Description"),
        (f'{HEADER}\n1,"{"x" * 140_000}', "is no CSV from line"),
    ],
)
def test_a_file_that_is_not_one_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_export(path)


def test_dates_with_and_without_a_time_zone_can_be_compared(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    bought, back = "1,A,Mug,2,2010-12-01T08:00:00+01:00,1.00,7,France", "C2,A,Mug,-1,2010-12-01 07:30:00,1.00,7,France"
    path.write_text(f"{HEADER}\n{bought}\n{back}\n")
    (match,) = read_export(path).matches
    assert (match.quantity, match.days) == (1, 0)
