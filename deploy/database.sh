#!/bin/sh
# Run once by the database image on an empty volume: the role the program signs in as owns its database and may make
# roles, but is no superuser, so that row-level security binds it.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username postgres --dbname postgres <<'SQL'
CREATE ROLE xunzhang LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD :'password';
SELECT current_setting('server_version_num')::int >= 160000 AS newer \gset
\if :newer
ALTER ROLE xunzhang SET createrole_self_grant = 'set, inherit';
\endif
CREATE DATABASE xunzhang OWNER xunzhang TEMPLATE template0;
SQL
