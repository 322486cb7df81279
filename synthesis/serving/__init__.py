"""Many utterances at once: one scheduler per process decodes their sentences together."""
