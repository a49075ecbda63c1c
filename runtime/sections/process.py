"""The sections of a process: its database, its disk, how much it takes on, what it tells of itself."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    FilePath,
)

from runtime.sections.section import Section, Words


def _database(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(("postgresql://", "postgresql+asyncpg://")):
        raise ValueError("it must begin with postgresql://")
    return value


class Database(Section):
    url: Annotated[str, BeforeValidator(_database)] = Field(
        description="the PostgreSQL address, such as postgresql://user:password@host:5432/backhaul",
        repr=False,
    )
    pool_size: int = Field(default=10, ge=1, description="the most connections one process opens")


class Worker(Section):
    """How much one worker process takes on. Counterparts have queues of their own, each with its own measure."""

    queues: Words = Field(default=(), description="the task queues to serve, by comma; none named means all of them")
    workflow_tasks: int = Field(default=50, ge=1, description="workflow tasks at once")
    cached_workflows: int = Field(default=1000, ge=0, description="returns kept in memory between their tasks")
    local_activities: int = Field(default=100, ge=1, description="local activities (our own records) at once")
    storefront: int = Field(default=20, ge=1, description="storefront calls at once")
    # NetSuite counts concurrent requests per account and gives small accounts five.
    erp: int = Field(default=5, ge=1, description="ERP calls at once; keep it under the account's concurrency limit")
    crm: int = Field(default=200, ge=1, description="CRM publications at once, per org; they travel in shared calls")
    notices: int = Field(default=20, ge=1, description="messages at once")
    webhooks: int = Field(default=100, ge=1, description="events of webhooks at once, and subscriptions looked after")
    grace: int = Field(default=30, ge=0, description="seconds a stopping worker gives to calls that are under way")


class Telemetry(Section):
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="the least level logged"
    )
    log_format: Literal["json", "plain"] = Field(default="json", description="json for machines, plain for people")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="where the worker serves Temporal's own metrics for Prometheus"
    )


class Files(Section):
    """Where things lie on disk."""

    data: Path = Field(default=Path(".backhaul"), description="the folder of the embedded stack")
    ca: FilePath | None = Field(default=None, description="a PEM file of one more authority to trust for TLS")
    policies: FilePath | None = Field(default=None, description="the shop's return policies")
