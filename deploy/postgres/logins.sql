-- Run once, when the database is made: a login for each process, with the rights of its role and no others.
-- The migrations run as the owner, and give each role its rights.
\getenv api_password API_POSTGRES_PASSWORD
\getenv worker_password WORKER_POSTGRES_PASSWORD

CREATE ROLE conversations_api NOLOGIN;
CREATE ROLE conversations_worker NOLOGIN;
CREATE ROLE api_login LOGIN PASSWORD :'api_password' IN ROLE conversations_api;
CREATE ROLE worker_login LOGIN PASSWORD :'worker_password' IN ROLE conversations_worker;

-- Both look up, before they start, whether the database has been migrated. The migrations fill this table; made here, as
-- they would make it, because no migration gives anybody a look at it.
CREATE TABLE migrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
GRANT SELECT ON migrations TO conversations_api, conversations_worker;
