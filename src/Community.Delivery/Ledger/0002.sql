-- The keys that sign an offer's messages, as the site has encrypted them for the engine. Deleted with the offer's end.
ALTER TABLE offers ADD COLUMN signing bytea;
