"""The demo's stories, told together against a running installation: each must end as it is told."""

import asyncio

import pytest

from stories import play
from stories.play import Ending
from stories.playbill import STORIES, Story
from tests.stack.installation import Installation

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def endings(installation: Installation) -> dict[str, Ending]:
    """All stories, played once."""

    async def tell() -> list[Ending]:
        async with installation.theatre() as theatre:
            return await play.play(theatre, STORIES)

    return {ending.name: ending for ending in asyncio.run(tell())}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_story(endings: dict[str, Ending], story: Story) -> None:
    ending = endings[story.name]
    assert ending.ok, f"{story.about} But: {ending.why}"
