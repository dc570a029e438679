"""Orders: found, chosen for a job, and loaded as what an invoice is made of."""
