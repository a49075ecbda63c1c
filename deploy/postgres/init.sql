-- Run by the postgres image when the volume is empty: roles and a database for Backhaul, apart from Temporal's.
-- psql's \getenv keeps the passwords out of this file; an unset variable is a syntax error, and the start fails.
\getenv temporal_password POSTGRES_TEMPORAL_PASSWORD
\getenv backhaul_password POSTGRES_BACKHAUL_PASSWORD
\getenv backhaul_api_password POSTGRES_BACKHAUL_API_PASSWORD

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE backhaul LOGIN PASSWORD :'backhaul_password';
-- The API's: it owns nothing, and `migrate` lets it in behind row-level security.
CREATE ROLE backhaul_api LOGIN PASSWORD :'backhaul_api_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE backhaul OWNER backhaul;

-- Neither can look into the other's database.
REVOKE CONNECT ON DATABASE temporal, temporal_visibility, backhaul FROM PUBLIC;
