"""What a base must show: measurements of speech that is understood, and whose voice it is."""
