"""The lab's template: made once, begun anew when interrupted, replaced when what it is made from changes."""

import os
from collections.abc import Iterator

import pytest

from runtime.embedded import postgres as server
from runtime.embedded.part import StackError
from runtime.embedded.postgres import Server
from tests.stack.postgres import Postgres
from tryton_lab import databases
from tryton_lab.programs import Programs


@pytest.fixture
def cluster(postgres: Postgres) -> Iterator[Server]:
    yield postgres.server
    for name in _all(postgres.server):
        server.drop_database(postgres.server, name)


def _all(cluster: Server) -> list[str]:
    found = server.sql(cluster, "SELECT datname FROM pg_database WHERE datname ~ '^(template|making|erp|own)_'")
    return sorted(found.split())


class Fill:
    """Stands for the minutes that activating modules takes."""

    def __init__(self, cluster: Server, fails: bool = False) -> None:
        self.cluster, self.fails, self.filled = cluster, fails, 0

    def __call__(self, database: str) -> None:
        server.sql(self.cluster, "CREATE TABLE done (it int)", database)
        self.filled += 1
        if self.fails:
            raise RuntimeError("the power is gone")


def test_a_template_is_made_once(cluster: Server) -> None:
    fill = Fill(cluster)
    assert databases.template(cluster, "aa", fill) == databases.template(cluster, "aa", fill) == "template_aa"
    assert fill.filled == 1


def test_an_interrupted_template_is_begun_anew(cluster: Server) -> None:
    with pytest.raises(RuntimeError, match="power"):
        databases.template(cluster, "aa", Fill(cluster, fails=True))
    assert _all(cluster) == ["making_aa"]
    again = Fill(cluster)
    databases.template(cluster, "aa", again)
    assert again.filled == 1
    assert _all(cluster) == ["template_aa"]


def test_a_changed_template_takes_the_place_of_everything_of_the_old_one(cluster: Server) -> None:
    databases.working_copy(cluster, databases.template(cluster, "aa", Fill(cluster)))
    databases.template(cluster, "bb", Fill(cluster))
    assert _all(cluster) == ["template_bb"]


def test_a_working_copy_keeps_what_is_booked_in_it(cluster: Server) -> None:
    template = databases.template(cluster, "aa", Fill(cluster))
    server.sql(cluster, "INSERT INTO done VALUES (7)", databases.working_copy(cluster, template))
    assert server.sql(cluster, "SELECT it FROM done", databases.working_copy(cluster, template)) == "7"


def test_a_copy_of_ones_own_is_empty_again_and_sweeps_up_after_the_dead(cluster: Server) -> None:
    template = databases.template(cluster, "aa", Fill(cluster))
    dead = 2**22 + 1  # above any process id
    server.create_database(cluster, f"own_{dead}", template)
    own = databases.copy_for_this_process(cluster, template)
    assert own == f"own_{os.getpid()}"
    server.sql(cluster, "INSERT INTO done VALUES (7)", own)
    databases.copy_for_this_process(cluster, template)
    assert server.sql(cluster, "SELECT count(*) FROM done", own) == "0"
    assert databases.working(cluster) == [own]


def test_the_year_is_part_of_what_a_template_is_made_from() -> None:
    tools = Programs()
    assert databases.key(tools, 2026) == databases.key(tools, 2026) != databases.key(tools, 2027)


def test_a_missing_tryton_is_said_with_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(StackError, match="make tryton"):
        Programs(tmp_path_factory.mktemp("empty")).command("trytond")
