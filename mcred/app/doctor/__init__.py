"""What `mcred doctor` looks at."""
