-- Runs once, when the database is made: a login for each process, with only the rights of its role.
-- The migrations run as the owner and give each role its rights.
\getenv api_password API_POSTGRES_PASSWORD
\getenv worker_password WORKER_POSTGRES_PASSWORD

CREATE ROLE conversations_api NOLOGIN;
CREATE ROLE conversations_worker NOLOGIN;
CREATE ROLE api_login LOGIN PASSWORD :'api_password' IN ROLE conversations_api;
CREATE ROLE worker_login LOGIN PASSWORD :'worker_password' IN ROLE conversations_worker;
