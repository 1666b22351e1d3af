"""What is measured in one replication: pure functions from what the engine recorded to tables."""
