"""Wrong adapters: each differs from a right one in one way that a well-meaning author may choose.

    python -m mutants

runs, for each, the law that was named in advance as the one that must notice. They prove the
conformance suite, and are no part of what is shipped.
"""
