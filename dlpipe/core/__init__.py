"""What every stage stands on and that knows nothing of machine learning."""
