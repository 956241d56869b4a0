#!/bin/sh
# Prints a value for every secret that docker-compose.yml asks for: sh deploy/new-secrets.sh > .env
set -eu
umask 077

secret() {
  printf '%s=%s\n' "$1" "$(od -An -tx1 -N24 /dev/urandom | tr -d ' \n')"
}

secret TEMPORAL_POSTGRES_PASSWORD
secret POSTGRES_PASSWORD
secret API_POSTGRES_PASSWORD
secret WORKER_POSTGRES_PASSWORD
secret BOOTSTRAP_API_KEY
secret GRAFANA_PASSWORD
printf 'SECRETS_KEY=%s\n' "$(head -c 32 /dev/urandom | base64)"
