"""What people do with whole pipelines: make, check, run, look at and clear them."""
