"""What the stewards of identities say."""

from __future__ import annotations

from runtime.inputs.fields import Id, Input, Why


class WhyInput(Input):
    """Kept beside the decision. No names: it is never erased."""

    why: Why


class MergeInput(WhyInput):
    """Two parties by their ids; `keep` survives."""

    keep: Id
    other: Id
