"""Splice beside its peers: on one machine, in one run, on one core each.

`python -m tests.bench.peers` sets the peers up, starts the fixtures, measures, and prints Markdown.
The harness that does so lies beside the repository; what is ours here is how Splice takes part in
it, and how its results are read.
"""
