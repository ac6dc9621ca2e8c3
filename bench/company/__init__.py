"""A big company on demand: three years of work, to look at and to measure with.

`python -m bench.company --jobs 100000` makes it. Its rows are made past the domain, for speed, but
each as the domain would have written it, with its history; a test proves that they could have been.
The same size and day make the same rows.
"""
