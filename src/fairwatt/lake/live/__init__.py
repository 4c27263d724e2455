"""Live readings: acknowledged once they are on the disk, seen within seconds, kept in the same tables as files.

A request's readings go into a write-ahead log (:mod:`fairwatt.lake.live.log`), which is the acknowledgement. One drain
for the whole lake takes them from there: first into small files that the query door unites with the tables
(:mod:`fairwatt.lake.live.sifting`), then, every few minutes, into the tables themselves
(:mod:`fairwatt.lake.live.folding`).
"""
