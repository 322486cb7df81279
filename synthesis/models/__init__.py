"""The networks: the text-to-semantic model, the acoustic model and the speaker network."""
