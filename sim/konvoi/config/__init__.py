"""What may be written in a scenario and in the configuration."""
