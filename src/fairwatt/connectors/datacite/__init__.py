"""DataCite, by its REST API: DOIs are reserved, made findable, changed and taken out of the search again.

``fetch`` asks, ``parse`` reads the answers, ``mapping`` writes what is sent. The API is documented at
https://support.datacite.org/docs/api; decision 11 says which of its states a dataset goes through.
"""

from fairwatt.connectors.datacite.fetch import Account, DataCite
from fairwatt.connectors.datacite.mapping import Event, attributes_of, digest_of
from fairwatt.connectors.datacite.parse import ACCOUNT_REFUSED, DoiRecord, DoiTaken

__all__ = ["ACCOUNT_REFUSED", "Account", "DataCite", "DoiRecord", "DoiTaken", "Event", "attributes_of", "digest_of"]
