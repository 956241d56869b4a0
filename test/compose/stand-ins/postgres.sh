#!/bin/sh
# Does what the image of PostgreSQL does at its first start: a cluster, its owner, its database, the scripts of the folder.
set -eu
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  /pg/bin/initdb --pgdata="$data" --username="$POSTGRES_USER" --pwfile=/tmp/password \
    --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  /pg/bin/pg_ctl --pgdata="$data" --wait --options='-c listen_addresses= -k /tmp' start
  node /stand-in.js set-up
  /pg/bin/pg_ctl --pgdata="$data" --wait stop
fi
exec /pg/bin/postgres -D "$data" -c 'listen_addresses=*' -k /tmp
