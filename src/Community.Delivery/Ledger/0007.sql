-- When the site had seen a fact that this database had not told: by itself it is the site that is stopped, a second one shows more.
ALTER TABLE site_facts ADD COLUMN ahead_at timestamptz;
