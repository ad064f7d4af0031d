"""What the specification's chapters 2 to 7 show by examples, in our own, on both paths.

Sections are those of the edition of September 2025.
"""
