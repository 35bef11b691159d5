# The images of Nexus. `npm run images` builds them with docker, podman or buildah.
#
#   runtime   gateway, worker, migration, operator, `helm test`: one image, told apart by the command
#   data      Valkey and Postgres with Patroni and pgBackRest, from Debian
#   e2e       runtime with the development's tools, for the pods of the end-to-end tests
#
# The bases can be pinned: --build-arg NODE_IMAGE=docker.io/library/node:24-trixie-slim@sha256:…
ARG NODE_IMAGE=docker.io/library/node:24-trixie-slim
ARG DEBIAN_IMAGE=docker.io/library/debian:trixie-slim

# The web client, built from its sources and the locked versions of its libraries: the same bytes each time.
FROM ${NODE_IMAGE} AS web
WORKDIR /build
COPY package.json package-lock.json ./
# With optional packages: the bundler's native part is one.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \
    npm ci --ignore-scripts --no-audit --no-fund --cache=/tmp/npm
COPY tsconfig.json vite.config.ts ./
COPY src/protocol ./src/protocol
COPY src/web ./src/web
RUN NODE_ENV=production node node_modules/vite/bin/vite.js build

# What runs, and who runs it, as it shall lie in the image. Copied in one piece: one layer.
FROM ${NODE_IMAGE} AS files
WORKDIR /files/app
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \
    npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --cache=/tmp/npm \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
COPY LICENSE ./
COPY operator ./operator
COPY src ./src
COPY images/runtime/strip-types.mjs images/runtime/load-stripped.mjs ./
COPY --from=web /build/dist/web ./dist/web
RUN find src operator -name '*.test.ts' -delete && rm -rf src/testing src/engines src/dev src/web \
    && node strip-types.mjs src operator && rm strip-types.mjs \
    && mkdir -p /files/etc && cp /etc/passwd /etc/group /files/etc/ \
    && echo 'nexus:x:10001:10001:Nexus:/app:/usr/sbin/nologin' >>/files/etc/passwd \
    && echo 'nexus:x:10001:' >>/files/etc/group \
    && find /files -newermt @0 -exec touch -hd @0 {} +

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=dev
ARG REVISION=unknown
COPY --from=files /files /
# No shell in between: Node is process 1 and its programs handle SIGTERM.
WORKDIR /app
# Its sources are without types: Node's compiler for those would take 24 MB of each program and 0.2 s of its start.
ENV NODE_ENV=production NODE_OPTIONS=--import=/app/load-stripped.mjs
USER 10001:10001
EXPOSE 3000 8080 9464
ENTRYPOINT []
CMD ["node", "--max-semi-space-size=8", "src/gateway/main.ts"]
LABEL org.opencontainers.image.title="Nexus" \
      org.opencontainers.image.description="Chat platform: gateway, worker, operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/nexus-chat/nexus" \
      org.opencontainers.image.vendor="Nexus" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM ${NODE_IMAGE} AS e2e-files
WORKDIR /files/app
COPY package.json package-lock.json ./
# Optional packages are engines and compilers for the host: a pod that makes traffic needs none.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc,required=false \
    npm ci --omit=optional --ignore-scripts --no-audit --no-fund --cache=/tmp/npm
COPY operator ./operator
COPY src ./src
RUN find /files -newermt @0 -exec touch -hd @0 {} +

FROM runtime AS e2e
COPY --from=e2e-files /files /

FROM ${DEBIAN_IMAGE} AS data
ARG VERSION=dev
ARG REVISION=unknown
# Before the installation: no service is started, no database is created, and two things stay out: what is for people
# to read, and Postgres's compiler for queries (170 MB, for statements that take milliseconds; it does without).
# After it: nothing stays that would differ from build to build.
# Debian's stable release changes by security updates alone, which are wanted: no versions are named.
# hadolint ignore=DL3008
RUN set -eu; export DEBIAN_FRONTEND=noninteractive LC_ALL=C; \
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod 0755 /usr/sbin/policy-rc.d; \
    printf 'path-exclude=/usr/share/%s/*\n' doc man info locale lintian >/etc/dpkg/dpkg.cfg.d/nexus; \
    printf 'path-exclude=/usr/lib/%s\n' 'llvm-*/*' '*/libLLVM*' '*/libz3.so*' 'postgresql/*/lib/bitcode/*' \
      'postgresql/*/lib/llvmjit*' >>/etc/dpkg/dpkg.cfg.d/nexus; \
    mkdir -p /etc/postgresql-common; echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf; \
    groupadd --gid 10001 nexus; \
    useradd --uid 10001 --gid 10001 --no-log-init --home-dir /tmp --no-create-home --shell /usr/sbin/nologin nexus; \
    apt-get update; \
    apt-get install -y --no-install-recommends valkey-server valkey-sentinel valkey-tools postgresql-17 patroni pgbackrest; \
    apt-get clean; \
    rm -rf /var/lib/apt/lists/* /var/log/* /var/cache/* /var/lib/valkey /var/lib/postgresql /var/lib/pgbackrest \
      /etc/machine-id /usr/sbin/policy-rc.d /tmp/* \
      /etc/ssl/private/ssl-cert-snakeoil.key /etc/ssl/certs/ssl-cert-snakeoil.pem; \
    find /etc/ssl/certs -xtype l -delete; \
    find / -xdev -name __pycache__ -prune -exec rm -rf {} +; \
    install -d -o 10001 -g 10001 -m 0750 /var/lib/postgresql/data
COPY --chmod=0755 images/data/nexus-valkey images/data/nexus-valkey-join images/data/nexus-sentinel images/data/nexus-postgres images/data/nexus-patroni images/data/nexus-pgbackrest /usr/local/bin/
COPY --chmod=0755 images/data/backup /usr/local/share/nexus/backup
COPY --chmod=0644 images/data/pg_hba.conf /usr/local/share/nexus/pg_hba.conf
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C.UTF-8 TZ=UTC
# Postgres: fast shutdown (SIGTERM would wait for every client to leave). Valkey and Patroni stop at it as well.
STOPSIGNAL SIGINT
USER 10001:10001
WORKDIR /tmp
EXPOSE 5432 6379 8008 26379
ENTRYPOINT []
CMD ["nexus-postgres"]
LABEL org.opencontainers.image.title="Nexus data" \
      org.opencontainers.image.description="Valkey, Postgres, Patroni and pgBackRest from Debian, for Nexus" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/nexus-chat/nexus" \
      org.opencontainers.image.vendor="Nexus" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
