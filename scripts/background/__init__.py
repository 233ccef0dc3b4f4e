"""Makes the built-in background: fingerprints that are common in human text.

`packages.tsv` pins every package by version and SHA-256: what any machine can install, in every language that models
write, and manuals and books. Nothing in it is younger than December 2021, when no coding agent existed, and nothing in
it is in a table of the evaluation, or a fork or a bundle of what is, so that the evaluation measures what a stranger
would see. `languages` in it tells what a package was taken for; `make-background` prints what there is.

How the month in `published` was checked: wheels by the newest file inside (poetry, rich and tensorboard were built with
a fixed clock: by their releases' known dates), crates by the publication time in cargo's index, Debian packages by the
tag upstream or the first changelog entry of that version. npm sets the dates inside of its archives to 1985, so npm
packages go by the archive where it has other dates, else by the package's own changelog, else by the release's month as
remembered; none of those names a later year beside a copyright, or is built with a tool that came out later.

PowerShell stays thin: four packages hold more than 10 kB of it, six a little. Its own gallery and NuGet are not
among the registries that are used here, and what npm and Debian carry of it are scripts of installers.
"""
