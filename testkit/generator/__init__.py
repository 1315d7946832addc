"""A second reading of the Strongroom formats, which makes test vectors.

The program is written from the text of specs/formats.md alone and shares no
line with the product, so that a mistake made in one of them shows up as a
difference instead of being made twice.  `python -m generator OUTDIR` writes
cases, `python -m generator.check DIR` judges them.
"""
