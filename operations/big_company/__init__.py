"""A big company on demand: three years of work, to look at and to measure with.

Its rows are made past the domain, for speed, but each as the domain would have written it, with
its history; a test proves that they could have been. The same size and day make the same rows.
"""

from operations.big_company.company import Company, Size
from operations.big_company.loading import is_loaded, load
from operations.big_company.staff import EMAIL_DOMAIN, KNOWN

__all__ = ["EMAIL_DOMAIN", "KNOWN", "Company", "Size", "is_loaded", "load"]
