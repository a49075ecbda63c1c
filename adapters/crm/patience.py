"""A requests session for the vendors' own sign-in libraries, which give it no timeout, no limit and no measure."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from opentelemetry import trace
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from adapters.errors import VendorError
from adapters.http import retry_after
from adapters.measures import call_ended

_TRACER = trace.get_tracer("backhaul.vendor")
_SECONDS = (5.0, 20.0)
# A token and what is told with it are some kilobytes.
_MOST_BYTES = 1_048_576


class SignIn(requests.Session):
    """Blocking: use it off the event loop. It remembers what the libraries do not tell of the last answer."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 0
        """Of the last answer; 0 when there was none."""
        self.wait: float | None = None
        """Seconds after which the last answer wants to be asked again."""

    def heard(self, answer: requests.Response) -> None:
        self.status, self.wait = answer.status_code, retry_after(answer)

    @property
    def not_now(self) -> bool:
        """The last answer says that the same may be asked later, whatever its body says."""
        return self.status in (408, 425, 429) or self.status >= 500


class _Impatient(HTTPAdapter):
    """Without a timeout requests waits for ever, and it reads whatever comes."""

    def __init__(self, session: SignIn) -> None:
        super().__init__()
        self._session = session

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = _SECONDS
        self._session.status, self._session.wait = 0, None
        answer = super().send(*args, **kwargs)
        try:
            body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        except (HTTPError, OSError) as error:
            raise requests.ConnectionError(type(error).__name__) from None
        if len(body) > _MOST_BYTES:
            raise requests.exceptions.ContentDecodingError("the answer is larger than any token")
        answer.raw = io.BytesIO(body)
        self._session.heard(answer)
        return answer


@contextmanager
def signing_in(vendor: str, call: str, ca_file: str | None) -> Iterator[SignIn]:
    """A session for one sign-in, which is measured and traced like every other call. Trusts `ca_file` when given, and
    ignores proxies and netrc."""
    outcome, began = "abandoned", time.monotonic()
    with SignIn() as http, _TRACER.start_as_current_span(f"{vendor} {call}", kind=trace.SpanKind.CLIENT) as span:
        # With trust_env, REQUESTS_CA_BUNDLE would win over our own CA file (psf/requests#3829).
        http.trust_env = False
        if ca_file:
            http.verify = ca_file
        http.mount("https://", _Impatient(http))
        # Neither without TLS nor to a place nobody named: both would give the credentials away.
        del http.adapters["http://"]
        http.max_redirects = 0
        try:
            yield http
            outcome = "ok"
        except VendorError as error:
            outcome = type(error).__name__
            span.set_attribute("error.type", outcome)
            raise
        finally:
            if http.status:
                span.set_attribute("http.response.status_code", http.status)
            call_ended(vendor, call, outcome, http.status, time.monotonic() - began)
