"""Lists the samples of raw/, and what the source says of their labels."""
