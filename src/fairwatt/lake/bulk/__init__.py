"""Work over whole tables, written once: run by DuckDB on this machine, or by Spark on many."""
