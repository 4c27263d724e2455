"""Plain files read without an engine: cells found and turned into numbers by whole arrays, into final Parquet files.

Only what is beyond doubt is read here: cells of plain digits, times of full width. Every row with anything else is
handed to the same SQL that reads all other files, so that both ways give the same readings and the same findings.
"""
