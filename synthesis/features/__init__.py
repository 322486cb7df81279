"""What is measured from a reference clip and from a text before the models run."""
