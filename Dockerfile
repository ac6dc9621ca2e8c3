# JobOps in a container: the web process by itself, the cluster and the deploy step by another
# command (compose.yaml). Built from the lock file, run as nobody, on a file system to read.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/jobops
COPY requirements.lock ./
RUN python -m venv /opt/venv
# Exactly what the lock file names, and nothing that would have to be compiled.
RUN /opt/venv/bin/python -m pip install --quiet --only-binary :all: --require-hashes --no-deps -r requirements.lock
COPY . ./
# The values are of no use later: no key is in the image.
RUN SECRET_KEY="$(/opt/venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    SITE_URL=http://localhost DATABASE_URL=sqlite://:memory: \
    /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0
RUN /opt/venv/bin/python -m compileall -q */
# Whoever runs it is nobody, and a checkout may be readable by its owner alone.
RUN chmod -R a+rX /srv/jobops /opt/venv

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="JobOps" org.opencontainers.image.licenses="MIT"
# MALLOC_*: what hashing a password takes, 19 MiB each time, goes back to the system. GLIBC_TUNABLES:
# it comes from there in pages of 2 MiB, not of 4 KiB, which would cost a third more.
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_HTTP=1 \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=4 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=30
# Papers are made into PDFs by Pango, with fonts for most scripts, and for signs in colour.
RUN apt-get update -q && apt-get install -q -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-noto-core fonts-noto-color-emoji fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/jobops
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/jobops /srv/jobops
# A number, so that it can be seen to be nobody's; nothing of the image is theirs.
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
CMD ["python", "-m", "core.serving.web", "core.wsgi:application"]
