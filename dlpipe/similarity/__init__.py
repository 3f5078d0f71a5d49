"""Whether pictures are copies of one another, and what belongs together for it."""

from dlpipe.similarity.closely import Closely
from dlpipe.similarity.clusters import clusters
from dlpipe.similarity.copies import Pairs, alike, prepare
from dlpipe.similarity.hashes import pairs_within
from dlpipe.similarity.pictures import UNLIKENESS, Prints, fingerprint, hash_of, likeness, prints, sixteenths
from dlpipe.similarity.shrunk import shrunk

__all__ = [
    "UNLIKENESS",
    "Closely",
    "Pairs",
    "Prints",
    "alike",
    "clusters",
    "fingerprint",
    "hash_of",
    "likeness",
    "pairs_within",
    "prepare",
    "prints",
    "shrunk",
    "sixteenths",
]
