"""Makes the built-in background: fingerprints that are common in human text.

`packages.tsv` pins every package by version and SHA-256. Nothing in it is younger than December 2021, when no coding
agent existed, and nothing in it is in the evaluation's table, so that the evaluation measures what a stranger would see.
How the month in `published` was checked: wheels by the newest file inside (poetry, rich and tensorboard were built with
a fixed clock: by their releases' known dates), crates by the publication time in cargo's index, Debian packages by the
tag upstream or the first changelog entry of that version, npm packages by their releases' known dates and by the
absence of a later copyright year: npm sets the dates inside of its archives to 1985.
"""
