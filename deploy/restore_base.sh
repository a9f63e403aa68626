#!/usr/bin/env bash
# Bring PostgreSQL back to an instant, from a base backup and the archive of its log. As postgres, while it is stopped:
#   deploy/restore_base.sh BACKUP ARCHIVE DATA '2026-11-30 12:00:00+08'
# BACKUP is a folder that `manage.py backup --base` made, ARCHIVE where archive_command puts the log, DATA the cluster's
# folder: what is in it is put aside. Without an instant everything that the archive has is brought back.
set -euo pipefail
backup=$1 archive=$2 data=$3 instant=${4:-}
[[ -f $backup/base.tar.gz && -f $backup/manifest.json ]] || { echo "$backup is no base backup" >&2; exit 1; }
[[ ! -f $data/postmaster.pid ]] || { echo "Stop PostgreSQL first: $data/postmaster.pid is there" >&2; exit 1; }
known=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["sha256"])' "$backup/manifest.json")
echo "$known  $backup/base.tar.gz" | sha256sum --check --quiet
if [[ -e $data ]]; then mv "$data" "$data.before-$(date +%Y%m%dT%H%M%S)"; fi
mkdir -m 700 "$data"
tar -xzf "$backup/base.tar.gz" -C "$data"
tar -xzf "$backup/pg_wal.tar.gz" -C "$data/pg_wal"
{
    echo "restore_command = 'cp \"$archive/%f\" \"%p\"'"
    echo "recovery_target_action = 'promote'"
    if [[ -n $instant ]]; then echo "recovery_target_time = '$instant'"; fi
} >> "$data/postgresql.auto.conf"
touch "$data/recovery.signal"
echo "Start PostgreSQL. Then: manage.py verify_audit --anchor …; manage.py restored --reason …"
