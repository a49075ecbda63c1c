#!/bin/sh
# Makes Backhaul's namespace with its retention, and the search attributes of a return. Harmless to repeat.
# Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and whatever else the `temporal` program takes from TEMPORAL_*.
set -eu

: "${TEMPORAL_ADDRESS:?the address of the Temporal server}"
: "${TEMPORAL_NAMESPACE:?the namespace to make}"
retention=${NAMESPACE_RETENTION:-30d}
attempts=${ATTEMPTS:-30}
pause=${PAUSE:-2}

# insist WHAT COMMAND...: run COMMAND until it succeeds, a bounded number of times; its last words are shown on failure.
insist() {
    what=$1
    shift
    tried=1
    until said=$("$@" 2>&1); do
        if [ "$tried" -ge "$attempts" ]; then
            echo "namespace: $what failed $tried times at $TEMPORAL_ADDRESS; the last answer was:" >&2
            echo "$said" >&2
            exit 1
        fi
        tried=$((tried + 1))
        sleep "$pause"
    done
}

# An existing namespace takes the retention asked for now.
namespace() {
    if temporal operator namespace describe -n "$TEMPORAL_NAMESPACE"; then
        temporal operator namespace update -n "$TEMPORAL_NAMESPACE" --retention "$retention"
    else
        temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$retention"
    fi
}

# Does nothing when it exists; fails for good, and says so, when it exists with another type. The first attempts may
# fail because the server learns of a new namespace with some delay. One name per call: given several names and one
# type, the program (1.9) adds the first and says it added all.
search_attribute() {
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type Keyword
}

insist "the server's health check" temporal operator cluster health
insist "making namespace $TEMPORAL_NAMESPACE" namespace
for name in ReturnStage ReturnRegion ReturnChannel ReturnHold; do
    insist "making search attribute $name" search_attribute "$name"
done
echo "namespace: $TEMPORAL_NAMESPACE is there, with retention $retention and the search attributes of a return."
