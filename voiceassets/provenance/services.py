"""The face of this room: make a labelled file of speech, and keep what it says of itself."""

from voiceassets.provenance.credentials import Source
from voiceassets.provenance.labels import label, read_label
from voiceassets.provenance.manifests import keep
from voiceassets.provenance.produce import Produced, produce

__all__ = ["Produced", "Source", "keep", "label", "produce", "read_label"]
