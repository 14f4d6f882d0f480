"""mcred: micro-credentials for teachers over a plain git repository."""

__version__ = "0.1.0"
