# syntax=docker/dockerfile:1
# A release pins both images by digest (node:26.10.0-…@sha256:…): a tag may move, a digest cannot.

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts are not needed: platform binaries come as packages of their own.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.ts
# What runs: production packages, without the Node that they bring along, since the image has one.
RUN npm ci --ignore-scripts --omit=dev && rm -rf \
    node_modules/node-linux-* node_modules/node-darwin-* node_modules/node-bin-* node_modules/node-win-* node_modules/.bin

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production \
    DABBAWALA_CONFIG=/etc/dabbawala/config.yml
WORKDIR /app
# Owned by root and only readable: the process may not change its own code. It writes no file at all.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY LICENSE ./
# No package manager in the image that runs.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn*
USER 65532:65532
EXPOSE 3000 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9090/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node as process 1 gets SIGTERM itself and stops in order.
CMD ["node", "--disable-proto=delete", "--enable-source-maps", "dist/main.js"]
