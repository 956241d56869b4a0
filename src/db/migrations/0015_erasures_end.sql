-- Up Migration

-- Each API process hears of the end of an erasure too: what was erased takes events again.
CREATE TRIGGER erasures_ended AFTER UPDATE OF state ON erasures FOR EACH STATEMENT EXECUTE FUNCTION announce_erasures();

