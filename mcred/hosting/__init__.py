"""Review hosts: the record shown as a request with reviews, where schools already are."""
