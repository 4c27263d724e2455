"""How much a plain form may send: looked at before a byte of it is written to the disk."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

SIGNED_IN_BYTES = 500 * 1000**2  # a few files at once; larger ones come in pieces, through the upload protocol


class PlainUploadLimit(FileUploadHandler):
    """Refuse forms with files that are larger than anybody may send.

    Django keeps the files of a form on the disk before it checks the form's token or who sends it: without this,
    somebody who has not even signed in could fill the disk.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Look at the announced length; what is not announced is not read.

        Raises
        ------
        RequestDataTooBig
            Beyond 500 MB, and for whoever has not signed in beyond a form without files.
        """
        del input_data, META, boundary, encoding
        user = getattr(self.request, "user", None)
        is_known = user is not None and user.is_authenticated
        most = SIGNED_IN_BYTES if is_known else settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if content_length > most:
            raise RequestDataTooBig("This form is larger than this address takes.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Leave the bytes to the next handler."""
        del start
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to the next handler."""
        del file_size
