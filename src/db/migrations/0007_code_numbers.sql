-- Up Migration

-- The numbers of the code that has decided here (src/temporal/code-number.ts). The greatest is the one that decides now.
CREATE TABLE code_numbers (
  number        integer PRIMARY KEY,
  taken_up_at   timestamptz NOT NULL DEFAULT now(),
  rolled_out_at timestamptz -- when every run that began under older code had been reset
);
-- what was decided before there were numbers
INSERT INTO code_numbers (number, rolled_out_at) VALUES (1, now());

GRANT SELECT, INSERT, UPDATE (rolled_out_at) ON code_numbers TO conversations_worker;
