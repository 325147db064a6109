"""The suite on the libraries as they are: it must fail, and name every difference that is known.

    python -m raw

runs, for each library wrapped with no fix-ups, the laws that the table of differences names. A
difference that no law reports is a gap in the suite.
"""
