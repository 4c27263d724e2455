"""Documents for print: typeset in the package, without a browser or any network."""

from fairwatt.portal.documents.certificate_pdf import write_certificate_pdf

__all__ = ["write_certificate_pdf"]
