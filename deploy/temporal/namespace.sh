#!/bin/sh
# Makes the namespace, and registers the search attributes that conversations set. Run again, it changes nothing.
# Where Temporal is comes from TEMPORAL_ADDRESS; the namespace from TEMPORAL_NAMESPACE.
set -eu
namespace=${TEMPORAL_NAMESPACE:-default}

# What was just made is known everywhere only some seconds later.
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
