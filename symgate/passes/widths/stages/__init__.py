"""The stages of the word-length search: each takes a `Candidate` and returns one.

`Quantize.stages` puts them in order; what a stage needs beside the candidate stands in its fields.
Searches that know nothing of candidates (`relaxation`, `greedy`) do not live here, but one
floor below.
"""
