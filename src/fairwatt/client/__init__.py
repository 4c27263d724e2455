"""The public Python client of the API.

>>> from fairwatt.client import Client
>>> client = Client("https://data.example.org")
"""

from fairwatt.client.client import Client
from fairwatt.client.models import (
    Channel,
    Dataset,
    Deposit,
    DepositedFile,
    File,
    Finding,
    Limits,
    Party,
    Question,
    Receipt,
    Task,
)

__all__ = [
    "Channel",
    "Client",
    "Dataset",
    "Deposit",
    "DepositedFile",
    "File",
    "Finding",
    "Limits",
    "Party",
    "Question",
    "Receipt",
    "Task",
]
