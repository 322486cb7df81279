"""What things cost on this machine, each beside the floor measured in the same run."""
