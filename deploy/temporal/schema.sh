#!/bin/sh
# Brings Temporal's two databases to the schema of this server version. Harmless to repeat; run before every upgrade.
# The databases exist already (deploy/postgres/init.sql), so no right to create any is needed.
# Reads SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD and SQL_PLUGIN, as temporal-sql-tool does.
set -eu

schemas=${SCHEMAS:-/etc/temporal/schema/postgresql/v12}
attempts=${ATTEMPTS:-30}
pause=${PAUSE:-2}

# Also the wait for the database: the first thing that succeeds once it can be reached. It only makes the two tables
# that count versions, where they are missing.
version_tables() {
    tried=1
    until temporal-sql-tool --db "$1" setup-schema -v 0.0; do
        if [ "$tried" -ge "$attempts" ]; then
            echo "schema: database $1 at ${SQL_HOST:-?} cannot be prepared after $tried attempts;" \
                "the last error is above. Check POSTGRES_TEMPORAL_PASSWORD and that the database exists." >&2
            exit 1
        fi
        tried=$((tried + 1))
        sleep "$pause"
    done
}

# Not tried again: a schema change that fails is for a person to look at.
upgrade() {
    if ! temporal-sql-tool --db "$1" update-schema -d "$schemas/$2/versioned"; then
        echo "schema: database $1 cannot be brought to the schema in $schemas/$2; the error is above." >&2
        exit 1
    fi
}

version_tables temporal
upgrade temporal temporal
version_tables temporal_visibility
upgrade temporal_visibility visibility
echo "schema: both databases are at this version."
