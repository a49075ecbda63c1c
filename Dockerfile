# syntax=docker/dockerfile:1
# Two images from one file: `backhaul` (worker, API, command line) and `sandbox` (the vendors' stand-in, to try it out).
# deploy/constraints.txt pins every package, so that the same sources make the same image.

FROM python:3.12-slim AS wheels
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels --constraint deploy/constraints.txt .

FROM wheels AS sandbox-wheels
RUN pip wheel --no-cache-dir --wheel-dir /wheels --constraint deploy/constraints.txt '.[sandbox]'

FROM python:3.12-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# The two folders become volumes, which take over their owner.
RUN groupadd --system --gid 10001 backhaul \
    && useradd --system --uid 10001 --gid backhaul --no-create-home --shell /usr/sbin/nologin backhaul \
    && install --directory --owner=backhaul --group=backhaul /sandbox /books
WORKDIR /app

FROM base AS sandbox
RUN --mount=type=bind,from=sandbox-wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels 'backhaul[sandbox]'
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "sandbox"]

FROM base AS backhaul
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels backhaul
# The front doors stand here too, so that commands read as in a checkout: python worker.py, python starter.py.
COPY worker.py starter.py ./
USER 10001:10001
STOPSIGNAL SIGTERM
CMD ["python", "worker.py"]
