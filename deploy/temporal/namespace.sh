#!/bin/sh
# Makes the namespace and registers the search attributes that conversations set. It may run again.
# TEMPORAL_ADDRESS says where Temporal is, TEMPORAL_NAMESPACE which namespace to make.
set -eu
namespace=${TEMPORAL_NAMESPACE:-default}

# A server needs some seconds to know a new namespace everywhere.
retry() {
  tries=0
  until said=$("$@" 2>&1); do
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
      echo "$said" >&2
      return 1
    fi
    sleep 1
  done
  echo "$said"
}

make_namespace() {
  temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$namespace" --retention 7d
}

register() {
  temporal operator search-attribute create --namespace "$namespace" \
    --name ConversationStatus --type Keyword \
    --name InboxId --type Keyword \
    --name AccountId --type Keyword
}

retry make_namespace
retry register
