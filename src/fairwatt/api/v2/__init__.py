"""The door that InfluxDB's clients know: line protocol at ``/api/v2/write``."""
